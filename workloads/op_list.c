/* The generic op list: tensors and operations written out in YAML (docs/workloads.md). */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/registry.h"
#include "workloads/builder.h"
#include "workloads/names.h"

#define MAX_SIDE 1048576.0 /* rows and columns of a tensor */

/* --- tensors
 * ------------------------------------------------------------------------------------------------------ */

typedef struct tensor_keys {
    const char *name, *format;
    int role;
    uint64_t rows, columns, sequences, context;
    double scale, bias;
} tensor_keys;

#define AT(field) offsetof(tensor_keys, field)

static const fl_param tensor_params[] = {
    {.key = "name", .type = FL_NAME, .help = "name, unique in the workload", .offset = AT(name)},
    {.key = "role",
     .type = FL_CHOICE,
     .choices = wl_role_names,
     .help = "where the codes come from",
     .offset = AT(role)},
    {.key = "columns",
     .type = FL_UINT,
     .min = 1,
     .max = MAX_SIDE,
     .help = "codes in a row",
     .offset = AT(columns)},
};
static const fl_param codes_params[] = {
    {.key = "rows", .type = FL_UINT, .min = 1, .max = MAX_SIDE, .help = "rows", .offset = AT(rows)},
    {.key = "format", .type = FL_NAME, .help = "number format of the codes", .offset = AT(format)},
};
static const fl_param column_params[] = {
    {.key = "scale",
     .type = FL_REAL,
     .min = 0,
     .max = 1e9,
     .help = "multiplier, about which columns vary by a quarter",
     .offset = AT(scale)},
    {.key = "bias",
     .type = FL_REAL,
     .min = 0,
     .max = 1e9,
     .fallback = "0",
     .help = "largest magnitude of the bias",
     .offset = AT(bias)},
};
static const fl_param cache_params[] = {
    {.key = "sequences",
     .type = FL_UINT,
     .min = 1,
     .max = MAX_SIDE,
     .fallback = "1",
     .help = "sequences, stacked by rows",
     .offset = AT(sequences)},
    {.key = "context",
     .type = FL_UINT,
     .min = 1,
     .max = MAX_SIDE,
     .help = "rows of each sequence that are given; a gemm writes the others behind them",
     .offset = AT(context)},
};
#undef AT

#define COUNT(table) (sizeof(table) / sizeof *(table))

static uint32_t find_tensor(const wl_workload *w, const char *name)
{
    for (uint32_t i = 0; i < w->tensor_count; i++)
        if (strcmp(w->tensors[i].name, name) == 0) return i;
    return WL_NONE;
}

static fl_status read_cache(fl_config *config, wl_builder *b, fl_node *node, const char *name,
                            num_format format, tensor_keys *k, fl_error *error)
{
    fl_status status = fl_schema_read(config, node, node, cache_params, COUNT(cache_params), k, error);
    if (status != FL_OK) return status;
    if (k->rows % k->sequences != 0)
        return fl_node_fail(fl_node_get(node, "sequences"), error, "%llu sequences do not divide rows = %llu",
                            (unsigned long long)k->sequences, (unsigned long long)k->rows);
    uint64_t each = k->rows / k->sequences;
    if (k->context >= each)
        return fl_node_fail(fl_node_get(node, "context"), error,
                            "%llu given rows leave no new one among the %llu of a sequence",
                            (unsigned long long)k->context, (unsigned long long)each);
    wl_add_cache(b, name, (uint32_t)k->sequences, (uint32_t)k->context, (uint32_t)(each - k->context),
                 (uint32_t)k->columns, format);
    return FL_OK;
}

static fl_status read_tensor(fl_config *config, wl_builder *b, fl_node *node, fl_error *error)
{
    tensor_keys k;
    fl_status status = fl_schema_read(config, node, node, tensor_params, COUNT(tensor_params), &k, error);
    if (status != FL_OK) return status;
    if (find_tensor(b->workload, k.name) != WL_NONE)
        return fl_node_fail(fl_node_get(node, "name"), error, "a tensor \"%s\" already exists", k.name);
    const char *name = wl_text(b->workload, "%s", k.name);
    if (k.role == WL_PARAMETERS) {
        status = fl_schema_read(config, node, node, column_params, COUNT(column_params), &k, error);
        if (status != FL_OK) return status;
        wl_add_columns(b, name, (uint32_t)k.columns, (wl_column_fill){.scale = k.scale, .bias = k.bias});
        return FL_OK;
    }
    num_format format;
    status = fl_schema_read(config, node, node, codes_params, COUNT(codes_params), &k, error);
    if (status == FL_OK) status = wl_parse_format(fl_node_get(node, "format"), k.format, &format, error);
    if (status != FL_OK) return status;
    if (k.role == WL_CACHE) return read_cache(config, b, node, name, format, &k, error);
    wl_add_tensor(b, name, (wl_role)k.role, (uint32_t)k.rows, (uint32_t)k.columns, format);
    return FL_OK;
}

/* --- operations
 * --------------------------------------------------------------------------------------------------- */

typedef struct op_keys {
    const char *op, *name;
    const char *a, *b, *in, *in2, *out, *parameters, *epilogue;
    uint64_t items, context;
    bool b_k_major, causal;
    double scale, scale2, scale_out, logit_scale;
} op_keys;

#define AT(field) offsetof(op_keys, field)

static const fl_param op_params[] = {
    {.key = "op", .type = FL_NAME, .help = "gemm, or the name of a vector function", .offset = AT(op)},
    {.key = "out", .type = FL_NAME, .help = "tensor that is written", .offset = AT(out)},
    {.key = "in_scale",
     .type = FL_REAL,
     .max = 1e9,
     .fallback = "0",
     .help = "rescales the first input (add)",
     .offset = AT(scale)},
    {.key = "in2_scale",
     .type = FL_REAL,
     .max = 1e9,
     .fallback = "0",
     .help = "rescales the second input (add)",
     .offset = AT(scale2)},
    {.key = "out_scale",
     .type = FL_REAL,
     .max = 1e9,
     .fallback = "0",
     .help = "rescales the result",
     .offset = AT(scale_out)},
    {.key = "logit_scale",
     .type = FL_REAL,
     .max = 65535,
     .fallback = "0",
     .help = "scale of the input of softmax",
     .offset = AT(logit_scale)},
};
static const fl_param gemm_params[] = {
    {.key = "a", .type = FL_NAME, .help = "left operand, items * m rows of k", .offset = AT(a)},
    {.key = "b", .type = FL_NAME, .help = "right operand, items * n rows of k", .offset = AT(b)},
    {.key = "b_k_major",
     .type = FL_BOOL,
     .fallback = "false",
     .help = "b has items * k rows of n instead",
     .offset = AT(b_k_major)},
    {.key = "items",
     .type = FL_UINT,
     .min = 1,
     .max = MAX_SIDE,
     .fallback = "1",
     .help = "independent products, stacked by rows",
     .offset = AT(items)},
    {.key = "epilogue", .type = FL_NAME, .help = "vector function on the sums", .offset = AT(epilogue)},
};
static const fl_param vector_params[] = {
    {.key = "in", .type = FL_NAME, .help = "input", .offset = AT(in)},
    {.key = "causal",
     .type = FL_BOOL,
     .fallback = "false",
     .help = "softmax: row i of each matrix has its first context + i + 1 elements",
     .offset = AT(causal)},
    {.key = "context",
     .type = FL_UINT,
     .max = MAX_SIDE,
     .fallback = "0",
     .help = "causal: columns before that of row 0; matrices have columns - context rows",
     .offset = AT(context)},
};
/* Names without a default: read when they are there, else NULL. */
static const fl_param optional_params[] = {
    {.key = "name",
     .type = FL_NAME,
     .help = "name of the operation; that of its output if left out",
     .offset = AT(name)},
    {.key = "parameters",
     .type = FL_NAME,
     .help = "column parameters of the function",
     .offset = AT(parameters)},
    {.key = "in2", .type = FL_NAME, .help = "second input of a vector function", .offset = AT(in2)},
};

const fl_schema_section wl_op_list_schema[] = {
    {"tensors[]", "Builder op_list: a tensor", tensor_params, COUNT(tensor_params)},
    {"tensors[]", "Builder op_list: a tensor of codes", codes_params, COUNT(codes_params)},
    {"tensors[]", "Builder op_list: a cache of keys or values (also rows and format)", cache_params,
     COUNT(cache_params)},
    {"tensors[]", "Builder op_list: a tensor of per-column parameters", column_params, COUNT(column_params)},
    {"ops[]", "Builder op_list: an operation", op_params, COUNT(op_params)},
    {"ops[]", "Builder op_list: a matrix product", gemm_params, COUNT(gemm_params)},
    {"ops[]", "Builder op_list: a vector function", vector_params, COUNT(vector_params)},
    {"ops[]",
     "Builder op_list: optional keys of an operation (left out when absent, whatever the default says)",
     optional_params, COUNT(optional_params)},
    {0},
};
#undef AT

/* What reading one operation needs. */
typedef struct reader {
    fl_config *config;
    wl_builder *builder;
    fl_node *node; /* the operation's map */
    fl_error *error;
} reader;

static fl_status unknown_tensor(const reader *r, const char *key, const char *name)
{
    const wl_workload *w = r->builder->workload;
    const char **names = malloc((w->tensor_count + 1) * sizeof *names);
    assert(names != NULL);
    for (uint32_t i = 0; i < w->tensor_count; i++) names[i] = w->tensors[i].name;
    fl_status status =
        wl_fail_unknown(fl_node_get(r->node, key), "tensor", name, names, w->tensor_count, r->error);
    free(names);
    return status;
}

/* Index of the tensor that `key` names. */
static fl_status read_operand(const reader *r, const char *key, const char *name, uint32_t *tensor)
{
    *tensor = find_tensor(r->builder->workload, name);
    return *tensor != WL_NONE ? FL_OK : unknown_tensor(r, key, name);
}

/* The same for a key that may be left out: WL_NONE then. */
static fl_status read_optional(const reader *r, const char *key, const char *name, uint32_t *tensor)
{
    *tensor = WL_NONE;
    return name == NULL ? FL_OK : read_operand(r, key, name, tensor);
}

static fl_status check_function_name(const reader *r, const char *key, const char *name)
{
    enum { MOST = 64 };
    const fl_part *parts[MOST];
    const char *names[MOST + 1];
    if (fl_registry_find("vector_function", name) != NULL) return FL_OK;
    size_t count = fl_registry_list("vector_function", parts, MOST);
    if (count > MOST) count = MOST;
    for (size_t i = 0; i < count; i++) names[i] = parts[i]->name;
    if (strcmp(key, "op") == 0) names[count++] = "gemm";
    return wl_fail_unknown(fl_node_get(r->node, key), key, name, names, count, r->error);
}

static fl_status read_gemm(const reader *r, op_keys *k, wl_op *op)
{
    fl_status status =
        fl_schema_read(r->config, r->node, r->node, gemm_params, COUNT(gemm_params), k, r->error);
    if (status == FL_OK) status = check_function_name(r, "epilogue", k->epilogue);
    if (status == FL_OK) status = read_operand(r, "a", k->a, &op->gemm.a.tensor);
    if (status == FL_OK) status = read_operand(r, "b", k->b, &op->gemm.b.tensor);
    if (status == FL_OK) status = read_operand(r, "out", k->out, &op->gemm.out.tensor);
    if (status != FL_OK) return status;
    op->function = wl_text(r->builder->workload, "%s", k->epilogue);
    const wl_tensor *tensors = r->builder->workload->tensors;
    const wl_tensor *a = &tensors[op->gemm.a.tensor], *b = &tensors[op->gemm.b.tensor];
    const wl_tensor *out = &tensors[op->gemm.out.tensor];
    uint32_t items = (uint32_t)k->items, m = a->rows / items;
    uint32_t b_rows = b->rows / items, n = k->b_k_major ? b->columns : b_rows;
    if (a->rows % items != 0 || b->rows % items != 0)
        return fl_node_fail(
            fl_node_get(r->node, "items"), r->error, "%u items do not divide the %u rows of \"%s\"", items,
            a->rows % items != 0 ? a->rows : b->rows, a->rows % items != 0 ? a->name : b->name);
    if (a->columns != (k->b_k_major ? b_rows : b->columns))
        return fl_node_fail(fl_node_get(r->node, "b"), r->error, "\"%s\" has k = %u, \"%s\" has k = %u",
                            a->name, a->columns, b->name, k->b_k_major ? b_rows : b->columns);
    if (wl_written_rows(out) != a->rows || out->columns != n)
        return fl_node_fail(fl_node_get(r->node, "out"), r->error,
                            "\"%s\" is %u x %u, the product is %u x %u", out->name, wl_written_rows(out),
                            out->columns, a->rows, n);
    if (k->in2 != NULL)
        return fl_node_fail(fl_node_get(r->node, "in2"), r->error, "gemm has no second input");
    op->gemm.outer = items;
    op->gemm.inner = 1;
    op->gemm.m = m;
    op->gemm.n = n;
    op->gemm.k = a->columns;
    op->gemm.b_k_major = k->b_k_major;
    op->gemm.a.outer_rows = op->gemm.out.outer_rows = m;
    op->gemm.b.outer_rows = b_rows;
    return FL_OK;
}

static fl_status read_vector(const reader *r, op_keys *k, wl_op *op)
{
    fl_status status = check_function_name(r, "op", k->op);
    if (status == FL_OK)
        status =
            fl_schema_read(r->config, r->node, r->node, vector_params, COUNT(vector_params), k, r->error);
    if (status == FL_OK) status = read_operand(r, "in", k->in, &op->in);
    if (status == FL_OK) status = read_optional(r, "in2", k->in2, &op->in2);
    if (status == FL_OK) status = read_operand(r, "out", k->out, &op->out);
    if (status != FL_OK) return status;
    op->function = wl_text(r->builder->workload, "%s", k->op);
    op->causal = k->causal;
    op->context = (uint32_t)k->context;
    op->rows = r->builder->workload->tensors[op->in].rows;
    op->columns = r->builder->workload->tensors[op->in].columns;
    return FL_OK;
}

static fl_status read_op_keys(fl_config *config, fl_node *node, op_keys *k, fl_error *error)
{
    fl_status status = fl_schema_read(config, node, node, op_params, COUNT(op_params), k, error);
    for (size_t i = 0; i < COUNT(optional_params) && status == FL_OK; i++)
        if (fl_node_get(node, optional_params[i].key) != NULL)
            status = fl_schema_read(config, node, node, &optional_params[i], 1, k, error);
    return status;
}

static fl_status read_op(fl_config *config, wl_builder *b, fl_node *node, fl_error *error)
{
    op_keys k = {0};
    fl_status status = read_op_keys(config, node, &k, error);
    if (status != FL_OK) return status;
    const reader r = {config, b, node, error};
    bool gemm = strcmp(k.op, "gemm") == 0;
    const char *name = wl_text(b->workload, "%s", k.name != NULL ? k.name : k.out);
    for (uint32_t i = 0; i < b->workload->op_count; i++)
        if (strcmp(b->workload->ops[i].name, name) == 0)
            return fl_node_fail(node, error, "an operation \"%s\" already exists", name);
    wl_op *op = wl_open_op(b, name, gemm ? WL_GEMM : WL_VECTOR, "");
    op->immediates = (vec_immediates){.in = num_quantize_multiplier(k.scale),
                                      .in2 = num_quantize_multiplier(k.scale2),
                                      .out = num_quantize_multiplier(k.scale_out),
                                      .index_multiplier = (uint32_t)lround(k.logit_scale * 65536)};
    status = gemm ? read_gemm(&r, &k, op) : read_vector(&r, &k, op);
    if (status == FL_OK) status = read_optional(&r, "parameters", k.parameters, &op->column_params);
    if (status != FL_OK) return status;
    char reason[WL_REASON_BYTES];
    if (!wl_check_op(b->workload, op, reason) || !wl_check_function(b->workload, op, reason))
        return fl_node_fail(node, error, "%s", reason);
    wl_close_op(b);
    return FL_OK;
}

/* --- the file
 * ----------------------------------------------------------------------------------------------------- */

typedef fl_status read_item(fl_config *config, wl_builder *builder, fl_node *node, fl_error *error);

static fl_status read_list(fl_config *config, wl_builder *builder, const char *key, read_item *read,
                           fl_error *error)
{
    fl_node *root = fl_config_root(config), *list = fl_node_get(root, key);
    if (list == NULL)
        return fl_node_fail(
            root, error, "missing key \"%s\" (a list; or choose another kind of workload by builder:)", key);
    if (!fl_node_is_list(list) || fl_node_count(list) == 0)
        return fl_node_fail(list, error, "expected a list");
    for (size_t i = 0; i < fl_node_count(list); i++) {
        fl_node *item = fl_node_at(list, i);
        if (!fl_node_is_map(item)) return fl_node_fail(item, error, "expected a map");
        fl_status status = read(config, builder, item, error);
        if (status != FL_OK) return status;
    }
    return FL_OK;
}

fl_status wl_build_op_list(fl_config *config, wl_builder *builder, fl_error *error)
{
    fl_status status = read_list(config, builder, "tensors", read_tensor, error);
    return status == FL_OK ? read_list(config, builder, "ops", read_op, error) : status;
}
