#include "sim/machine/command_text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"

/* --- fields: name, type, offset in fl_command
 * --------------------------------------------------------------------------- */

typedef enum field_type { U8, U32, U64, I32, FLAG, FORMAT, REGION, FUNCTION } field_type;

typedef struct field {
    const char *name;
    field_type type;
    size_t offset;
} field;

#define DMA(name, type, member)                                                                              \
    {                                                                                                        \
        name, type, offsetof(fl_command, u.dma.member)                                                       \
    }
#define MAT(name, type, member)                                                                              \
    {                                                                                                        \
        name, type, offsetof(fl_command, u.matrix.member)                                                    \
    }
#define VEC(name, type, member)                                                                              \
    {                                                                                                        \
        name, type, offsetof(fl_command, u.vector.member)                                                    \
    }

/* clang-format off: fields as in the text */
static const field DMA_FIELDS[] = {
    DMA("address", U64, block.address),
    DMA("width", U32, block.width_bytes),
    DMA("rows", U32, block.rows),
    DMA("planes", U32, block.planes),
    DMA("row_stride", U64, block.row_stride_bytes),
    DMA("plane_stride", U64, block.plane_stride_bytes),
    DMA("region", REGION, region),
};
static const field MATRIX_FIELDS[] = {
    MAT("items", U32, items),
    MAT("m", U32, m),
    MAT("n", U32, n),
    MAT("k", U32, k),
    MAT("a_format", FORMAT, a_format),
    MAT("b_format", FORMAT, b_format),
    MAT("b_k_major", FLAG, b_k_major),
    MAT("accumulate", FLAG, accumulate),
    MAT("a", REGION, a),
    MAT("b", REGION, b),
    MAT("c", REGION, c),
};
static const field VECTOR_FIELDS[] = {
    VEC("function", FUNCTION, function),
    VEC("inputs", U8, inputs),
    VEC("has_columns", FLAG, has_columns),
    VEC("rows", U32, rows),
    VEC("columns", U32, columns),
    VEC("prefix", U32, prefix),
    VEC("context", U32, context),
    VEC("in_format", FORMAT, in_format),
    VEC("in2_format", FORMAT, in2_format),
    VEC("out_format", FORMAT, out_format),
    VEC("in_multiplier", I32, immediates.in.multiplier),
    VEC("in_shift", I32, immediates.in.shift),
    VEC("in2_multiplier", I32, immediates.in2.multiplier),
    VEC("in2_shift", I32, immediates.in2.shift),
    VEC("out_multiplier", I32, immediates.out.multiplier),
    VEC("out_shift", I32, immediates.out.shift),
    VEC("index_multiplier", U32, immediates.index_multiplier),
    VEC("in", REGION, in),
    VEC("in2", REGION, in2),
    VEC("column_params", REGION, column_params),
    VEC("out", REGION, out),
};

/* clang-format on */

typedef struct field_table {
    const field *fields;
    size_t count;
} field_table;

#define TABLE(fields)                                                                                        \
    {                                                                                                        \
        fields, sizeof fields / sizeof *fields                                                               \
    }
static const field_table TABLES[FL_QUEUE_COUNT] = {TABLE(DMA_FIELDS), TABLE(MATRIX_FIELDS),
                                                   TABLE(VECTOR_FIELDS), TABLE(DMA_FIELDS)};

static size_t vector_functions(const fl_part *functions[64])
{
    return fl_registry_list("vector_function", functions, 64);
}

/* --- printing
 * ----------------------------------------------------------------------------------------------------------
 */

static void print_field(const field *f, const fl_command *command, fl_text *out)
{
    const void *at = (const char *)command + f->offset;
    const fl_region *r = at;
    const fl_part *functions[64];
    char name[12];
    fl_text_printf(out, " %s=", f->name);
    switch (f->type) {
    case U8:
        fl_text_printf(out, "%u", *(const uint8_t *)at);
        break;
    case U32:
        fl_text_printf(out, "%" PRIu32, *(const uint32_t *)at);
        break;
    case U64:
        fl_text_printf(out, "%" PRIu64, *(const uint64_t *)at);
        break;
    case I32:
        fl_text_printf(out, "%" PRId32, *(const int32_t *)at);
        break;
    case FLAG:
        fl_text_printf(out, "%d", *(const bool *)at);
        break;
    case FORMAT:
        fl_text_puts(out, num_format_name(*(const num_format *)at, name));
        break;
    case FUNCTION:
        vector_functions(functions), fl_text_puts(out, functions[*(const uint16_t *)at]->name);
        break;
    case REGION:
        fl_text_printf(out, "%s:%u:%u:%u:%u", fl_buffer_names[r->buffer], r->offset_bytes, r->bytes,
                       r->stride_bytes, r->item_bytes);
        break;
    }
}

static void print_wait(const fl_command *command, unsigned w, fl_text *out)
{
    const fl_wait *wait = &command->waits[w];
    fl_text_puts(out, w == 0 ? " wait=" : ",");
    if (wait->core != command->core) fl_text_printf(out, "core%u.", wait->core);
    fl_text_printf(out, "%s:%u:%s", fl_queue_names[wait->queue], wait->sequence,
                   fl_cause_name((fl_cause)wait->cause));
}

void fl_command_print(const fl_command *command, fl_text *out)
{
    fl_text_printf(out, "%s layer=%u", fl_queue_names[command->queue], command->layer);
    for (unsigned w = 0; w < command->wait_count; w++) print_wait(command, w, out);
    for (size_t f = 0; f < TABLES[command->queue].count; f++)
        print_field(&TABLES[command->queue].fields[f], command, out);
    fl_text_puts(out, "\n");
}

/* --- parsing
 * -----------------------------------------------------------------------------------------------------------
 */

static bool parse_number(const char *text, int64_t low, uint64_t high, uint64_t *value)
{
    bool negative = *text == '-';
    if (!isdigit((unsigned char)text[negative])) return false;
    char *end;
    errno = 0;
    uint64_t magnitude = strtoull(text + negative, &end, 10);
    if (*end != '\0' || errno != 0) return false;
    if (negative ? (low == 0 || magnitude > (uint64_t)(-(low + 1)) + 1) : magnitude > high) return false;
    *value = negative ? 0 - magnitude : magnitude;
    return true;
}

static int name_index(const char *name, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0) return i;
    return -1;
}

/* Cuts the next part of `text` at `separator`; NULL when nothing is left. */
static char *cut(char **text, char separator)
{
    char *start = *text;
    if (start == NULL) return NULL;
    char *end = strchr(start, separator);
    if (end != NULL) *end = '\0';
    *text = end == NULL ? NULL : end + 1;
    return start;
}

static bool parse_region(char *text, fl_region *region)
{
    char *name = cut(&text, ':');
    int buffer = name_index(name, fl_buffer_names, FL_BUFFER_COUNT);
    uint32_t *fields[4] = {&region->offset_bytes, &region->bytes, &region->stride_bytes, &region->item_bytes};
    for (int i = 0; i < 4; i++) {
        char *part = cut(&text, ':');
        uint64_t value;
        if (part == NULL || !parse_number(part, 0, UINT32_MAX, &value)) return false;
        *fields[i] = (uint32_t)value;
    }
    region->buffer = (uint8_t)buffer;
    return buffer >= 0 && text == NULL;
}

static bool parse_function(const char *text, uint16_t *index)
{
    const fl_part *functions[64];
    size_t count = vector_functions(functions);
    for (size_t i = 0; i < count; i++)
        if (strcmp(functions[i]->name, text) == 0) return *index = (uint16_t)i, true;
    return false;
}

static bool parse_value(const field *f, char *text, fl_command *command)
{
    void *at = (char *)command + f->offset;
    uint64_t value = 0;
    switch (f->type) {
    case U8:
        return parse_number(text, 0, UINT8_MAX, &value) && (*(uint8_t *)at = (uint8_t)value, true);
    case U32:
        return parse_number(text, 0, UINT32_MAX, &value) && (*(uint32_t *)at = (uint32_t)value, true);
    case U64:
        return parse_number(text, 0, UINT64_MAX, &value) && (*(uint64_t *)at = value, true);
    case I32:
        return parse_number(text, INT32_MIN, INT32_MAX, &value) &&
               (*(int32_t *)at = (int32_t)(int64_t)value, true);
    case FLAG:
        return parse_number(text, 0, 1, &value) && (*(bool *)at = value != 0, true);
    case FORMAT:
        return num_format_parse(text, at);
    case REGION:
        return parse_region(text, at);
    case FUNCTION:
        return parse_function(text, at);
    }
    return false;
}

static bool parse_waits(char *text, fl_command *command)
{
    static const char *causes[FL_CAUSE_COUNT];
    for (int c = 0; c < FL_CAUSE_COUNT; c++) causes[c] = fl_cause_name((fl_cause)c);
    for (char *wait; (wait = cut(&text, ',')) != NULL;) {
        char *queue_name = cut(&wait, ':'), *number = cut(&wait, ':'), *cause_name = cut(&wait, ':');
        uint64_t sequence;
        int queue = name_index(queue_name, fl_queue_names, FL_QUEUE_COUNT);
        int cause = cause_name == NULL ? -1 : name_index(cause_name, causes, FL_CAUSE_COUNT);
        if (queue < 0 || cause < 0 || number == NULL || !parse_number(number, 0, UINT32_MAX - 1, &sequence))
            return false;
        if (command->wait_count == FL_MAX_WAITS) return false;
        command->waits[command->wait_count++] =
            (fl_wait){(uint32_t)sequence, (uint8_t)queue, (uint8_t)cause, command->core};
    }
    return true;
}

static fl_status bad_value(const fl_where *where, const char *key, const char *value, fl_error *error)
{
    return fl_fail(error, FL_BAD_INPUT, where, "%s=%s: not a value of this field", key, value);
}

static fl_status parse_pair(char *key, char *value, const fl_where *where, fl_command *command,
                            uint64_t *seen, fl_error *error)
{
    char copy[128];
    snprintf(copy, sizeof copy, "%s", value);
    uint64_t layer;
    if (strcmp(key, "layer") == 0) {
        if (!parse_number(value, 0, UINT32_MAX, &layer)) return bad_value(where, key, copy, error);
        command->layer = (uint32_t)layer;
        return FL_OK;
    }
    if (strcmp(key, "wait") == 0)
        return parse_waits(value, command) ? FL_OK : bad_value(where, key, copy, error);
    const field_table *table = &TABLES[command->queue];
    const char *names[32];
    for (size_t f = 0; f < table->count; f++) {
        names[f] = table->fields[f].name;
        if (strcmp(key, names[f]) != 0) continue;
        if (!parse_value(&table->fields[f], value, command)) return bad_value(where, key, copy, error);
        *seen |= 1ull << f;
        return FL_OK;
    }
    char hint[FL_NEAREST_HINT];
    return fl_fail(error, FL_BAD_INPUT, where, "%s: unknown field of a %s command%s", key,
                   fl_queue_names[command->queue], fl_nearest_hint(key, names, table->count, hint));
}

fl_status fl_command_parse(const char *line, const fl_where *where, fl_command *command, fl_error *error)
{
    char text[2048];
    *command = (fl_command){0};
    if (strlen(line) >= sizeof text)
        return fl_fail(error, FL_BAD_INPUT, where, "line of over %zu characters", sizeof text - 1);
    strcpy(text, line);
    char *rest = text, *word = cut(&rest, ' ');
    int queue = name_index(word, fl_queue_names, FL_QUEUE_COUNT);
    if (queue < 0)
        return fl_fail(error, FL_BAD_INPUT, where,
                       "\"%.40s\" is not a queue (allowed: load, matrix, vector, store)", word);
    command->queue = (uint8_t)queue;
    uint64_t seen = 0;
    while ((word = cut(&rest, ' ')) != NULL) {
        if (*word == '\0') continue;
        char *value = strchr(word, '=');
        if (value == NULL) return fl_fail(error, FL_BAD_INPUT, where, "\"%.40s\" is not key=value", word);
        *value = '\0';
        fl_status status = parse_pair(word, value + 1, where, command, &seen, error);
        if (status != FL_OK) return status;
    }
    for (size_t f = 0; f < TABLES[queue].count; f++)
        if (!(seen >> f & 1))
            return fl_fail(error, FL_BAD_INPUT, where, "missing field %s of a %s command",
                           TABLES[queue].fields[f].name, fl_queue_names[queue]);
    if (queue == FL_LOAD || queue == FL_STORE) command->u.dma.block.write = queue == FL_STORE;
    return FL_OK;
}
