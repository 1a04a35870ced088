/* numpy's .npz: a zip archive (PKWARE APPNOTE 6.3) of .npy members, stored or deflated, with the zip64 fields
 * that numpy writes. */
#include <stdlib.h>
#include <string.h>

#include "workloads/tensors/tensor_parts.h"

enum {
    END_BYTES = 22,
    END64_LOCATOR_BYTES = 20,
    END64_BYTES = 56,
    CENTRAL_BYTES = 46,
    LOCAL_BYTES = 30,
    MAX_COMMENT = 65535,
    /* What deflate can gain at most; a member that claims more is not read. */
    MAX_RATIO = 1032,
};

static uint64_t little(const unsigned char *bytes, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = count; i-- > 0;) value = value << 8 | bytes[i];
    return value;
}

/* `size` bytes at `offset` into `out`. */
static fl_status read_at(const wl_tensor_file *file, uint64_t offset, void *out, size_t size, fl_error *error)
{
    wl_source source;
    fl_status status = wl_source_open(&source, file, offset, size, false, error);
    return status == FL_OK ? wl_source_read(&source, out, size, error) : status;
}

typedef struct directory {
    uint64_t offset, bytes, entries;
} directory;

/* The end record is the last one whose comment reaches to the end of the file. */
static fl_status find_end(const wl_tensor_file *file, uint64_t *offset, unsigned char end[END_BYTES],
                          fl_error *error)
{
    const size_t window = file->size < END_BYTES + MAX_COMMENT ? (size_t)file->size : END_BYTES + MAX_COMMENT;
    const uint64_t start = file->size - window;
    unsigned char *bytes = malloc(window + 1);
    if (bytes == NULL) return wl_fail_at(file, 0, error, "out of memory");
    fl_status status = read_at(file, start, bytes, window, error);
    bool found = false;
    for (size_t at = window >= END_BYTES ? window - END_BYTES + 1 : 0;
         status == FL_OK && !found && at-- > 0;) {
        if (memcmp(bytes + at, "PK\5\6", 4) != 0 || at + END_BYTES + little(bytes + at + 20, 2) != window)
            continue;
        found = true;
        *offset = start + at;
        memcpy(end, bytes + at, END_BYTES);
    }
    free(bytes);
    if (status == FL_OK && !found)
        return wl_fail_at(file, file->size, error, "truncated archive: no end record");
    return status;
}

static fl_status read_end64(const wl_tensor_file *file, uint64_t end_offset, directory *d, fl_error *error)
{
    unsigned char locator[END64_LOCATOR_BYTES], end[END64_BYTES];
    if (end_offset < END64_LOCATOR_BYTES) return wl_fail_at(file, end_offset, error, "no zip64 end record");
    fl_status status = read_at(file, end_offset - END64_LOCATOR_BYTES, locator, sizeof locator, error);
    if (status != FL_OK) return status;
    if (memcmp(locator, "PK\6\7", 4) != 0) return wl_fail_at(file, end_offset, error, "no zip64 end record");
    const uint64_t offset = little(locator + 8, 8);
    status = read_at(file, offset, end, sizeof end, error);
    if (status != FL_OK) return status;
    if (memcmp(end, "PK\6\6", 4) != 0) return wl_fail_at(file, offset, error, "no zip64 end record");
    *d = (directory){
        .entries = little(end + 32, 8), .bytes = little(end + 40, 8), .offset = little(end + 48, 8)};
    return FL_OK;
}

static fl_status find_directory(const wl_tensor_file *file, directory *d, fl_error *error)
{
    unsigned char end[END_BYTES];
    uint64_t at = 0;
    fl_status status = find_end(file, &at, end, error);
    if (status != FL_OK) return status;
    *d = (directory){
        .entries = little(end + 10, 2), .bytes = little(end + 12, 4), .offset = little(end + 16, 4)};
    if (d->entries == 0xFFFF || d->bytes == 0xFFFFFFFF || d->offset == 0xFFFFFFFF)
        status = read_end64(file, at, d, error);
    if (status != FL_OK) return status;
    if (d->offset > at || d->bytes > at - d->offset)
        return wl_fail_at(file, at, error, "the directory of the archive lies outside the file");
    if (d->entries > d->bytes / CENTRAL_BYTES)
        return wl_fail_at(file, at, error, "the directory of the archive is shorter than its entries");
    return FL_OK;
}

typedef struct entry {
    uint64_t unpacked, stored, local;
    unsigned method, flags;
    uint32_t crc;
} entry;

/* Sizes and offset that do not fit 32 bits are in the extra field 1, in this order. */
static void read_extra64(const unsigned char *extra, size_t size, entry *e)
{
    for (size_t at = 0; at + 4 <= size;) {
        const size_t bytes = (size_t)little(extra + at + 2, 2), end = at + 4 + bytes;
        if (end > size) return;
        if (little(extra + at, 2) == 1) {
            uint64_t *const fields[] = {&e->unpacked, &e->stored, &e->local};
            at += 4;
            for (int f = 0; f < 3; f++) {
                if (*fields[f] != 0xFFFFFFFF || at + 8 > end) continue;
                *fields[f] = little(extra + at, 8);
                at += 8;
            }
            return;
        }
        at = end;
    }
}

static fl_status check_entry(const wl_tensor_file *file, const directory *d, const entry *e, const char *name,
                             fl_error *error)
{
    if (e->flags & 1) return wl_fail_at(file, e->local, error, "entry \"%s\" is encrypted", name);
    if (e->method != 0 && e->method != 8)
        return wl_fail_at(file, e->local, error,
                          "entry \"%s\": compression method %u is not read (stored or deflated)", name,
                          e->method);
    if (e->local > d->offset || e->stored > d->offset - e->local)
        return wl_fail_at(file, e->local, error, "entry \"%s\" reaches into the directory or past it", name);
    if (e->method == 0 ? e->unpacked != e->stored : e->unpacked / MAX_RATIO > e->stored)
        return wl_fail_at(file, e->local, error, "entry \"%s\": absurd sizes: %llu bytes from %llu", name,
                          (unsigned long long)e->unpacked, (unsigned long long)e->stored);
    return FL_OK;
}

/* The header of the member itself; *tensor is complete but for its name. */
static fl_status open_member(const wl_tensor_file *file, const directory *d, const entry *e, const char *name,
                             wl_tensor *tensor, fl_error *error)
{
    unsigned char local[LOCAL_BYTES];
    fl_status status = check_entry(file, d, e, name, error);
    if (status == FL_OK) status = read_at(file, e->local, local, sizeof local, error);
    if (status != FL_OK) return status;
    if (memcmp(local, "PK\3\4", 4) != 0)
        return wl_fail_at(file, e->local, error, "entry \"%s\" does not begin with a local header", name);
    *tensor = (wl_tensor){.offset = e->local + LOCAL_BYTES + little(local + 26, 2) + little(local + 28, 2),
                          .stored = e->stored,
                          .deflated = e->method == 8,
                          .has_crc = true,
                          .crc = e->crc};
    if (tensor->offset > d->offset || e->stored > d->offset - tensor->offset)
        return wl_fail_at(file, e->local, error, "entry \"%s\" reaches into the directory", name);
    wl_source source;
    status = wl_source_open(&source, file, tensor->offset, tensor->stored, tensor->deflated, error);
    if (status == FL_OK) status = wl_read_npy_header(&source, name, tensor, error);
    wl_source_close(&source);
    if (status == FL_OK && (e->unpacked < tensor->skip || tensor->bytes != e->unpacked - tensor->skip))
        status = wl_fail_at(
            file, tensor->offset, error, "entry \"%s\": the shape needs %llu bytes, the entry has %llu", name,
            (unsigned long long)tensor->bytes, (unsigned long long)(e->unpacked - tensor->skip));
    return status;
}

static int by_offset(const void *a, const void *b)
{
    const uint64_t x = ((const wl_tensor *)a)->offset, y = ((const wl_tensor *)b)->offset;
    return (x > y) - (x < y);
}

static fl_status check_overlaps(wl_tensor_file *file, fl_error *error)
{
    if (file->count > 1) qsort(file->tensors, file->count, sizeof *file->tensors, by_offset);
    for (size_t i = 1; i < file->count; i++) {
        const wl_tensor *a = &file->tensors[i - 1], *b = &file->tensors[i];
        if (b->offset - a->offset < a->stored + LOCAL_BYTES)
            return wl_fail_at(file, b->offset, error, "entries \"%s\" and \"%s\" overlap", a->name, b->name);
    }
    return FL_OK;
}

static char *member_name(const unsigned char *bytes, size_t size)
{
    char *name = calloc(size + 1, 1);
    if (name != NULL) memcpy(name, bytes, size);
    return name;
}

static fl_status add_entry(wl_tensor_file *file, const directory *d, const unsigned char *central,
                           size_t left, size_t *used, fl_error *error)
{
    if (left < CENTRAL_BYTES || memcmp(central, "PK\1\2", 4) != 0)
        return wl_fail_at(file, d->offset + d->bytes - left, error, "damaged directory of the archive");
    const size_t name_bytes = (size_t)little(central + 28, 2), extra_bytes = (size_t)little(central + 30, 2);
    *used = CENTRAL_BYTES + name_bytes + extra_bytes + (size_t)little(central + 32, 2);
    if (*used > left)
        return wl_fail_at(file, d->offset + d->bytes - left, error, "damaged directory of the archive");
    entry e = {.flags = (unsigned)little(central + 8, 2),
               .method = (unsigned)little(central + 10, 2),
               .crc = (uint32_t)little(central + 16, 4),
               .stored = little(central + 20, 4),
               .unpacked = little(central + 24, 4),
               .local = little(central + 42, 4)};
    read_extra64(central + CENTRAL_BYTES + name_bytes, extra_bytes, &e);
    char *name = member_name(central + CENTRAL_BYTES, name_bytes);
    if (name == NULL) return wl_fail_at(file, 0, error, "out of memory");
    wl_tensor tensor;
    fl_status status = FL_OK;
    if (strlen(name) != name_bytes)
        status = wl_fail_at(file, e.local, error, "the name of an entry holds a zero byte");
    if (status == FL_OK) status = open_member(file, d, &e, name, &tensor, error);
    if (status != FL_OK) {
        free(name);
        return status;
    }
    if (name_bytes > 4 && strcmp(name + name_bytes - 4, ".npy") == 0) name[name_bytes - 4] = '\0';
    tensor.name = name;
    return wl_tensor_file_add(file, &tensor, error);
}

fl_status wl_open_npz(wl_tensor_file *file, fl_error *error)
{
    directory d;
    fl_status status = find_directory(file, &d, error);
    if (status != FL_OK) return status;
    unsigned char *central = malloc(d.bytes + 1);
    if (central == NULL)
        return wl_fail_at(file, d.offset, error, "out of memory for a directory of %llu bytes",
                          (unsigned long long)d.bytes);
    status = read_at(file, d.offset, central, d.bytes, error);
    size_t at = 0, used = 0;
    for (uint64_t i = 0; i < d.entries && status == FL_OK; i++, at += used)
        status = add_entry(file, &d, central + at, d.bytes - at, &used, error);
    free(central);
    return status == FL_OK ? check_overlaps(file, error) : status;
}
