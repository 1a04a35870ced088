/* Consistency of one operation with the tensor table, whichever builder made it. */
#include <stdarg.h>
#include <stdio.h>

#include "sim/base/registry.h"
#include "workloads/builder.h"

static bool refuse(char reason[WL_REASON_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes the reason; always false, so that checks can return it. */
static bool refuse(char reason[WL_REASON_BYTES], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(reason, WL_REASON_BYTES, format, args);
    va_end(args);
    return false;
}

static bool check_read(const wl_workload *w, uint32_t tensor, char reason[WL_REASON_BYTES])
{
    const wl_tensor *t = &w->tensors[tensor];
    if (t->role == WL_PARAMETERS) return refuse(reason, "\"%s\" holds column parameters, not codes", t->name);
    if ((t->role == WL_ACTIVATION || t->role == WL_CACHE) && t->producer == WL_NONE)
        return refuse(reason, "\"%s\" is read before any operation has written it", t->name);
    return true;
}

static bool check_written(const wl_workload *w, const wl_op *op, char reason[WL_REASON_BYTES])
{
    const wl_tensor *t = &w->tensors[wl_op_output(op)];
    if (t->role == WL_CACHE && op->kind != WL_GEMM)
        return refuse(reason, "\"%s\" is a cache, which only a gemm writes to", t->name);
    if (t->role != WL_ACTIVATION && t->role != WL_CACHE)
        return refuse(reason, "\"%s\" is written but its role is %s (allowed: activation, cache)", t->name,
                      wl_role_names[t->role]);
    if (t->producer != WL_NONE)
        return refuse(reason, "\"%s\" has already been written by \"%s\"", t->name, w->ops[t->producer].name);
    return true;
}

static bool check_columns(const wl_workload *w, const wl_op *op, uint32_t columns,
                          char reason[WL_REASON_BYTES])
{
    if (op->column_params == WL_NONE) return true;
    const wl_tensor *t = &w->tensors[op->column_params];
    if (t->role != WL_PARAMETERS)
        return refuse(reason, "\"%s\" has the role %s (allowed: parameters)", t->name,
                      wl_role_names[t->role]);
    if (t->columns != columns)
        return refuse(reason, "\"%s\" has parameters for %u columns, the result has %u", t->name, t->columns,
                      columns);
    return true;
}

/* All items of the view lie in its tensor; item columns start on whole bytes. */
static bool check_view(const wl_workload *w, const wl_gemm *g, const wl_view *v, uint32_t rows,
                       uint32_t columns, char reason[WL_REASON_BYTES])
{
    const wl_tensor *t = &w->tensors[v->tensor];
    uint32_t has = v == &g->out ? wl_written_rows(t) : t->rows;
    uint64_t inner = g->inner - 1;
    uint64_t last_row = (uint64_t)(g->outer - 1) * v->outer_rows + inner * v->inner_rows + rows;
    uint64_t last_column = inner * v->inner_columns + columns;
    if (last_row > has || last_column > t->columns)
        return refuse(reason, "\"%s\" is %u x %u, the operation reaches %llu x %llu", t->name, has,
                      t->columns, (unsigned long long)last_row, (unsigned long long)last_column);
    if ((uint64_t)v->inner_columns * t->format.bits % 8 != 0)
        return refuse(reason, "items of \"%s\" start every %u columns of %u bits, which is not whole bytes",
                      t->name, v->inner_columns, t->format.bits);
    return true;
}

/* The reference executor and the arrays multiply values of 16 bits at most. */
static bool check_operand(const wl_workload *w, uint32_t tensor, char reason[WL_REASON_BYTES])
{
    const wl_tensor *t = &w->tensors[tensor];
    char name[12];
    if (num_max_value(t->format) > INT16_MAX || num_min_value(t->format) < INT16_MIN)
        return refuse(reason, "\"%s\" is %s: values of matrix operands must fit 16 bits signed", t->name,
                      num_format_name(t->format, name));
    return true;
}

/* Each item ends with a sequence, so that tiles can (sim/machine/mapping.c). */
static bool check_appended(const wl_workload *w, const wl_gemm *g, char reason[WL_REASON_BYTES])
{
    const wl_tensor *t = &w->tensors[g->out.tensor];
    if (t->role != WL_CACHE || (g->inner == 1 && g->m % wl_new_rows(t) == 0)) return true;
    return refuse(
        reason,
        "products of %u rows do not fill whole sequences of the cache \"%s\", each of which has %u new rows",
        g->m, t->name, wl_new_rows(t));
}

static bool check_gemm(const wl_workload *w, const wl_op *op, char reason[WL_REASON_BYTES])
{
    const wl_gemm *g = &op->gemm;
    return check_read(w, g->a.tensor, reason) && check_read(w, g->b.tensor, reason) &&
           check_written(w, op, reason) && check_operand(w, g->a.tensor, reason) &&
           check_operand(w, g->b.tensor, reason) && check_view(w, g, &g->a, g->m, g->k, reason) &&
           check_view(w, g, &g->b, g->b_k_major ? g->k : g->n, g->b_k_major ? g->n : g->k, reason) &&
           check_view(w, g, &g->out, g->m, g->n, reason) && check_appended(w, g, reason) &&
           check_columns(w, op, g->n, reason);
}

static bool check_shape(const wl_workload *w, const wl_op *op, uint32_t tensor, char reason[WL_REASON_BYTES])
{
    const wl_tensor *t = &w->tensors[tensor];
    if (t->rows == op->rows && t->columns == op->columns) return true;
    return refuse(reason, "\"%s\" is %u x %u, the operation works on %u x %u", t->name, t->rows, t->columns,
                  op->rows, op->columns);
}

static bool check_mask(const wl_workload *w, const wl_op *op, char reason[WL_REASON_BYTES])
{
    if (!op->causal) return op->context == 0 || refuse(reason, "context is for causal masks (causal: true)");
    if (op->context >= op->columns)
        return refuse(reason, "a context of %u positions leaves no new one among %u columns", op->context,
                      op->columns);
    uint32_t rows = op->columns - op->context;
    return op->rows % rows == 0 ||
           refuse(reason, "a causal mask needs matrices of %u x %u, but \"%s\" has %u rows", rows,
                  op->columns, w->tensors[op->in].name, op->rows);
}

static bool check_vector(const wl_workload *w, const wl_op *op, char reason[WL_REASON_BYTES])
{
    if (!check_read(w, op->in, reason) || !check_shape(w, op, op->in, reason)) return false;
    if (op->in2 != WL_NONE && (!check_read(w, op->in2, reason) || !check_shape(w, op, op->in2, reason)))
        return false;
    return check_mask(w, op, reason) && check_written(w, op, reason) && check_shape(w, op, op->out, reason) &&
           check_columns(w, op, op->columns, reason);
}

bool wl_check_op(const wl_workload *workload, const wl_op *op, char reason[WL_REASON_BYTES])
{
    return op->kind == WL_GEMM ? check_gemm(workload, op, reason) : check_vector(workload, op, reason);
}

/* --- functions
 * --------------------------------------------------------------------------------------------------- */

bool wl_check_function(const wl_workload *workload, const wl_op *op, char reason[WL_REASON_BYTES])
{
    const fl_part *part = fl_registry_find("vector_function", op->function);
    if (part == NULL) return refuse(reason, "there is no vector function \"%s\"", op->function);
    const vec_function *function = part->ops;
    unsigned inputs = op->kind == WL_VECTOR && op->in2 != WL_NONE ? 2 : 1;
    if (function->inputs != inputs)
        return refuse(reason, "%s takes %u inputs, not %u", op->function, function->inputs, inputs);
    if (function->uses_columns != (op->column_params != WL_NONE))
        return refuse(reason, "%s takes %s", op->function,
                      function->uses_columns ? "a set of column parameters" : "no column parameters");
    if (op->causal && !function->maskable) return refuse(reason, "%s takes no causal mask", op->function);
    const num_format sums = {NUM_INT, 32, true};
    num_format in = op->kind == WL_GEMM ? sums : workload->tensors[op->in].format;
    num_format in2 = inputs == 2 ? workload->tensors[op->in2].format : in;
    const char *why = NULL;
    if (function->supports(in, in2, workload->tensors[wl_op_output(op)].format, &why)) return true;
    return refuse(reason, "%s", why);
}
