#include <errno.h>
#include <string.h>

#include "workloads/tensors/tensor_parts.h"

fl_status wl_source_open(wl_source *source, const wl_tensor_file *file, uint64_t offset, uint64_t stored,
                         bool deflated, fl_error *error)
{
    source->file = file;
    source->position = offset;
    source->left = stored;
    source->deflated = deflated;
    source->open = false;
    source->crc = (uint32_t)crc32(0, NULL, 0);
    memset(&source->z, 0, sizeof source->z);
    if (offset > file->size || stored > file->size - offset)
        return wl_fail_at(file, offset, error,
                          "truncated: %llu bytes should follow, the file has %llu in all",
                          (unsigned long long)stored, (unsigned long long)file->size);
    if (fseeko(file->file, (off_t)offset, SEEK_SET) != 0)
        return wl_fail_at(file, offset, error, "cannot seek: %s", strerror(errno));
    if (deflated && inflateInit2(&source->z, -MAX_WBITS) != Z_OK)
        return wl_fail_at(file, offset, error, "cannot inflate: out of memory");
    source->open = deflated;
    return FL_OK;
}

static fl_status read_stored(wl_source *source, void *bytes, size_t size, fl_error *error)
{
    if (size > source->left)
        return wl_fail_at(source->file, source->position, error, "truncated: %zu bytes wanted, %llu left",
                          size, (unsigned long long)source->left);
    if (fread(bytes, 1, size, source->file->file) != size)
        return wl_fail_at(source->file, source->position, error, "cannot read: %s",
                          ferror(source->file->file) ? strerror(errno) : "the file ends");
    source->position += size;
    source->left -= size;
    return FL_OK;
}

static fl_status refill(wl_source *source, fl_error *error)
{
    const size_t size = source->left < sizeof source->stored ? (size_t)source->left : sizeof source->stored;
    source->z.next_in = source->stored;
    source->z.avail_in = (unsigned)size;
    return read_stored(source, source->stored, size, error);
}

/* One step of inflating up to `size` bytes. */
static fl_status inflate_some(wl_source *source, unsigned char *bytes, size_t size, size_t *done,
                              fl_error *error)
{
    if (source->z.avail_in == 0 && source->left > 0) {
        fl_status status = refill(source, error);
        if (status != FL_OK) return status;
    }
    const unsigned room = size < (1u << 30) ? (unsigned)size : 1u << 30;
    source->z.next_out = bytes;
    source->z.avail_out = room;
    const int result = inflate(&source->z, Z_NO_FLUSH);
    *done = room - source->z.avail_out;
    if (result == Z_OK || (result == Z_STREAM_END && *done == size)) return FL_OK;
    if (result == Z_STREAM_END || result == Z_BUF_ERROR)
        return wl_fail_at(source->file, source->position, error,
                          "truncated: the deflated data end %zu bytes early", size - *done);
    return wl_fail_at(source->file, source->position, error, "damaged deflated data: %s",
                      source->z.msg ? source->z.msg : "zlib fails");
}

fl_status wl_source_read(wl_source *source, void *bytes, size_t size, fl_error *error)
{
    unsigned char *at = bytes;
    fl_status status = FL_OK;
    if (!source->deflated) {
        status = read_stored(source, bytes, size, error);
    } else {
        for (size_t left = size, done = 0; left > 0 && status == FL_OK; left -= done, at += done)
            status = inflate_some(source, at, left, &done, error);
    }
    if (status != FL_OK) return status;
    at = bytes;
    for (size_t left = size, piece; left > 0; left -= piece, at += piece) {
        piece = left < (1u << 30) ? left : 1u << 30;
        source->crc = (uint32_t)crc32(source->crc, at, (unsigned)piece);
    }
    return FL_OK;
}

fl_status wl_source_end(wl_source *source, fl_error *error)
{
    unsigned char extra;
    if (!source->deflated) {
        if (source->left == 0) return FL_OK;
    } else {
        for (;;) {
            if (source->z.avail_in == 0 && source->left > 0) {
                fl_status status = refill(source, error);
                if (status != FL_OK) return status;
            }
            source->z.next_out = &extra;
            source->z.avail_out = 1;
            const int result = inflate(&source->z, Z_NO_FLUSH);
            if (source->z.avail_out == 0) break;
            if (result == Z_STREAM_END) return FL_OK;
            if (result != Z_OK)
                return wl_fail_at(source->file, source->position, error, "damaged end of deflated data");
        }
    }
    return wl_fail_at(source->file, source->position, error, "bytes follow the last element of the tensor");
}

void wl_source_close(wl_source *source)
{
    if (source->open) inflateEnd(&source->z);
    source->open = false;
}
