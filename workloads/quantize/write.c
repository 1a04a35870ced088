/* Packed tensors as safetensors, and the report as table, CSV and JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/file.h"
#include "sim/base/output.h"
#include "workloads/quantize/quantize.h"

static void put_shape(fl_text *text, const wl_tensor *t, const char *separator)
{
    for (unsigned d = 0; d < t->rank; d++)
        fl_text_printf(text, "%s%llu", d ? separator : "", (unsigned long long)t->shape[d]);
}

/* A tensor of the header, and the offset behind its data. */
static void put_entry(fl_text *text, const char *name, const char *suffix, const char *dtype,
                      const char *shape, uint64_t bytes, uint64_t *offset)
{
    fl_text full = {0};
    fl_text_printf(&full, "%s%s", name, suffix);
    fl_text_puts(text, ",\n");
    fl_text_json(text, full.bytes ? full.bytes : "");
    fl_text_printf(text, ":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%llu,%llu]}", dtype, shape,
                   (unsigned long long)*offset, (unsigned long long)(*offset + bytes));
    *offset += bytes;
    text->failed = text->failed || full.failed;
    fl_text_free(&full);
}

/* How to unpack: a string, as safetensors wants its metadata. */
static void put_metadata(fl_text *text, const wl_quantized *q)
{
    fl_text value = {0};
    char type[12];
    fl_text_printf(&value, "type=%s bits=%u shape=", wl_quantized_type_name(q, type), q->bits);
    put_shape(&value, q->tensor, "x");
    fl_text_printf(&value, " dtype=%s rows=%llu row_bytes=%llu scales=%llu", q->tensor->dtype->name,
                   (unsigned long long)q->rows, (unsigned long long)q->row_bytes,
                   (unsigned long long)q->scale_count);
    fl_text_puts(text, ",\n");
    fl_text_json(text, q->tensor->name);
    fl_text_puts(text, ":");
    fl_text_json(text, value.bytes ? value.bytes : "");
    text->failed = text->failed || value.failed;
    fl_text_free(&value);
}

/* Scales first, which keeps them aligned, then the packed and the kept tensors, all in the order of names. */
static void put_header(fl_text *text, const wl_quantization *z)
{
    uint64_t offset = 0;
    char shape[64];
    fl_text_puts(text, "{\"__metadata__\":{\"format\":\"flintlock quantized tensors 1\",\n\"recipe\":");
    fl_text_json(text, z->recipe);
    for (size_t i = 0; i < z->count; i++)
        if (!z->tensors[i].kept) put_metadata(text, &z->tensors[i]);
    fl_text_puts(text, "}");
    for (size_t i = 0; i < z->count; i++) {
        if (z->tensors[i].kept) continue;
        snprintf(shape, sizeof shape, "%llu", (unsigned long long)z->tensors[i].scale_count);
        put_entry(text, z->tensors[i].tensor->name, ".scale", "F32", shape,
                  z->tensors[i].scale_count * sizeof(float), &offset);
    }
    for (size_t i = 0; i < z->count; i++) {
        const wl_quantized *q = &z->tensors[i];
        if (q->kept) {
            fl_text kept = {0};
            put_shape(&kept, q->tensor, ",");
            put_entry(text, q->tensor->name, "", q->tensor->dtype->name, kept.bytes ? kept.bytes : "",
                      q->tensor->bytes, &offset);
            text->failed = text->failed || kept.failed;
            fl_text_free(&kept);
        } else {
            snprintf(shape, sizeof shape, "%llu,%llu", (unsigned long long)q->rows,
                     (unsigned long long)q->row_bytes);
            put_entry(text, q->tensor->name, "", "U8", shape, q->rows * q->row_bytes, &offset);
        }
    }
    fl_text_puts(text, "}");
    while (text->size % 8 != 0 && !text->failed) fl_text_puts(text, " ");
}

static fl_status take_bytes(void *context, const void *bytes, size_t size, fl_error *error)
{
    return fl_output_write(context, bytes, size, error);
}

static fl_status write_packed(const wl_quantization *z, const wl_quantized *q, fl_output *output,
                              fl_error *error)
{
    if (q->kept) return wl_tensor_copy(z->file, q->tensor, take_bytes, output, error);
    float *x = malloc((q->tensor->elements + 1) * sizeof *x);
    uint8_t *row = malloc(q->row_bytes + 1);
    fl_status status = x && row ? wl_tensor_read(z->file, q->tensor, x, error)
                                : fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    for (uint64_t r = 0; r < q->rows && status == FL_OK; r++) {
        wl_quantize_pack_row(q, x, r, row);
        status = fl_output_write(output, row, q->row_bytes, error);
    }
    free(x);
    free(row);
    return status;
}

static fl_status write_model(const wl_quantization *z, const char *path, fl_error *error)
{
    fl_text header = {0};
    fl_output output;
    unsigned char length[8];
    put_header(&header, z);
    for (unsigned i = 0; i < 8; i++) length[i] = (unsigned char)((uint64_t)header.size >> 8 * i);
    fl_status status = header.failed ? fl_fail(error, FL_BAD_INPUT, NULL, "out of memory")
                                     : fl_output_open(path, &output, error);
    if (status == FL_OK) {
        status = fl_output_write(&output, length, sizeof length, error);
        if (status == FL_OK) status = fl_output_write(&output, header.bytes, header.size, error);
        for (size_t i = 0; i < z->count && status == FL_OK; i++)
            if (!z->tensors[i].kept)
                status = fl_output_write(&output, z->tensors[i].scales,
                                         z->tensors[i].scale_count * sizeof(float), error);
        for (size_t i = 0; i < z->count && status == FL_OK; i++)
            status = write_packed(z, &z->tensors[i], &output, error);
        if (status == FL_OK)
            status = fl_output_commit(&output, error);
        else
            fl_output_discard(&output);
    }
    fl_text_free(&header);
    return status;
}

/* The name ".scale" must be free. */
static fl_status check_names(const wl_quantization *z, fl_error *error)
{
    for (size_t i = 0; i < z->count; i++) {
        const char *name = z->tensors[i].tensor->name;
        const size_t length = strlen(name);
        if (strcmp(name, "format") == 0 || strcmp(name, "recipe") == 0 || strcmp(name, "__metadata__") == 0)
            return fl_fail(error, FL_BAD_INPUT, &(fl_where){z->file->path, 0, 0},
                           "a tensor called \"%s\" cannot be packed: the header needs the name", name);
        if (length < 6 || strcmp(name + length - 6, ".scale") != 0) continue;
        for (size_t k = 0; k < z->count; k++) {
            const char *other = z->tensors[k].tensor->name;
            if (!z->tensors[k].kept && strlen(other) == length - 6 && strncmp(other, name, length - 6) == 0)
                return fl_fail(error, FL_BAD_INPUT, &(fl_where){z->file->path, 0, 0},
                               "tensor \"%s\" has the name that the scales of \"%s\" get", name, other);
        }
    }
    return FL_OK;
}

static void scale_range(const wl_quantized *q, double *low, double *high)
{
    *low = *high = q->kept ? 1 : q->scales[0];
    for (uint64_t i = 1; !q->kept && i < q->scale_count; i++) {
        *low = fmin(*low, q->scales[i]);
        *high = fmax(*high, q->scales[i]);
    }
}

static void put_number(fl_text *text, double value)
{
    isfinite(value) ? fl_text_printf(text, "%.6g", value) : fl_text_puts(text, "");
}

static void put_csv(fl_text *text, const wl_quantization *z)
{
    fl_text_puts(
        text,
        "tensor,shape,dtype,type,bits,scales,scale_min,scale_max,clip,mse,sqnr_db,clipped,outliers,bytes\n");
    for (size_t i = 0; i < z->count; i++) {
        const wl_quantized *q = &z->tensors[i];
        char type[12];
        double low, high;
        scale_range(q, &low, &high);
        fl_text_json(text, q->tensor->name);
        fl_text_puts(text, ",");
        put_shape(text, q->tensor, "x");
        fl_text_printf(text, ",%s,%s,", q->tensor->dtype->name, wl_quantized_type_name(q, type));
        if (q->kept) {
            fl_text_printf(text, ",,,,,,,,,%llu\n", (unsigned long long)q->tensor->bytes);
            continue;
        }
        fl_text_printf(text, "%u,%llu,%.9g,%.9g,%.6g,%.6g,", q->bits, (unsigned long long)q->scale_count, low,
                       high, q->clip, q->mean_squared_error);
        put_number(text, q->sqnr_db); /* empty: no error at all */
        fl_text_printf(text, ",%llu,%llu,%llu\n", (unsigned long long)q->clipped,
                       (unsigned long long)q->outliers,
                       (unsigned long long)(q->rows * q->row_bytes + q->scale_count * sizeof(float)));
    }
}

static void put_summary(fl_text *text, const wl_quantization *z)
{
    const wl_quantize_totals t = wl_quantize_total(z);
    fl_text_puts(text, "{\n  \"recipe\": ");
    fl_text_json(text, z->recipe);
    fl_text_printf(text,
                   ",\n  \"tensors\": %zu,\n  \"elements\": %llu,\n  \"quantized_elements\": %llu,\n  "
                   "\"average_bits\": %.6g,\n"
                   "  \"original_bytes\": %llu,\n  \"packed_bytes\": %llu,\n  \"scale_bytes\": %llu\n}\n",
                   z->count, (unsigned long long)t.elements, (unsigned long long)t.quantized_elements,
                   t.average_bits, (unsigned long long)t.original_bytes, (unsigned long long)t.packed_bytes,
                   (unsigned long long)t.scale_bytes);
}

static fl_status write_report(const wl_quantization *z, const char *directory, const char *name,
                              void (*put)(fl_text *, const wl_quantization *), fl_error *error)
{
    fl_text path = {0}, text = {0};
    fl_text_printf(&path, "%s/%s", directory, name);
    put(&text, z);
    fl_status status = path.failed ? fl_fail(error, FL_BAD_INPUT, NULL, "out of memory")
                                   : fl_file_write_text(path.bytes, &text, error);
    fl_text_free(&path);
    fl_text_free(&text);
    return status;
}

/* Writing over the model that is being read would destroy it. */
static fl_status check_not_source(const wl_quantization *z, const char *path, fl_error *error)
{
    struct stat source, target;
    if (fstat(fileno(z->file->file), &source) != 0 || stat(path, &target) != 0) return FL_OK;
    if (source.st_dev != target.st_dev || source.st_ino != target.st_ino) return FL_OK;
    return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0}, "is the model itself; choose another --out");
}

fl_status wl_quantize_write(const wl_quantization *quantization, const char *directory, fl_error *error)
{
    fl_text path = {0};
    fl_status status = check_names(quantization, error);
    if (status == FL_OK) status = fl_make_directory(directory, error);
    fl_text_printf(&path, "%s/model.safetensors", directory);
    if (status == FL_OK && !path.failed) status = check_not_source(quantization, path.bytes, error);
    if (status == FL_OK)
        status = path.failed ? fl_fail(error, FL_BAD_INPUT, NULL, "out of memory")
                             : write_model(quantization, path.bytes, error);
    fl_text_free(&path);
    if (status == FL_OK) status = write_report(quantization, directory, "tensors.csv", put_csv, error);
    return status == FL_OK ? write_report(quantization, directory, "summary.json", put_summary, error)
                           : status;
}

void wl_quantize_print(const wl_quantization *z, FILE *out)
{
    fprintf(out, "  %-40s %-16s %-8s %10s %10s %10s %8s %8s %8s\n", "tensor", "shape", "type", "clip",
            "scale", "MSE", "SQNR dB", "clipped", "outliers");
    for (size_t i = 0; i < z->count; i++) {
        const wl_quantized *q = &z->tensors[i];
        char type[12];
        double low, high;
        fl_text shape = {0};
        put_shape(&shape, q->tensor, "x");
        fprintf(out, "  %-40s %-16s %-8s", q->tensor->name, shape.bytes ? shape.bytes : "",
                wl_quantized_type_name(q, type));
        fl_text_free(&shape);
        scale_range(q, &low, &high);
        if (!q->kept)
            fprintf(out, " %10.4g %10.4g %10.3g %8.2f %8llu %8llu", q->clip, high, q->mean_squared_error,
                    q->sqnr_db, (unsigned long long)q->clipped, (unsigned long long)q->outliers);
        fprintf(out, "\n");
    }
    const wl_quantize_totals t = wl_quantize_total(z);
    fprintf(
        out,
        "\n  %zu tensors, %llu elements, %.3f bits on average; %llu bytes became %llu and %llu of scales\n",
        z->count, (unsigned long long)t.elements, t.average_bits, (unsigned long long)t.original_bytes,
        (unsigned long long)t.packed_bytes, (unsigned long long)t.scale_bytes);
}
