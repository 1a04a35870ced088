#include "sim/machine/mapping.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/mapping_price.h"
#include "sim/machine/share.h"

static uint32_t ceil_div(uint64_t a, uint64_t b) { return (uint32_t)((a + b - 1) / b); }
static uint32_t min32(uint64_t a, uint64_t b) { return (uint32_t)(a < b ? a : b); }

static bool cheaper(const fl_mapping *a, const fl_mapping *b)
{
    if (b->rows == 0) return true;
    if (a->price_cycles != b->price_cycles) return a->price_cycles < b->price_cycles;
    return a->dram_bytes < b->dram_bytes;
}

/* The rule for an operation, NULL when none matches. */
static const fl_mapping_rule *rule_of(const fl_pricing *p, const wl_op *op)
{
    for (size_t r = 0; r < p->machine->mapping_rule_count; r++)
        if (fnmatch(p->machine->mapping_rules[r].operation, op->name, 0) == 0)
            return &p->machine->mapping_rules[r];
    return NULL;
}

static bool agrees(uint64_t asked, uint32_t tile, uint32_t size)
{
    return asked == 0 || tile == min32(asked, size);
}

/* Does the candidate do what the rule asks for? Sizes beyond the operation's own mean all of it. */
static bool allowed(const fl_mapping_rule *rule, const wl_op *op, const fl_mapping *tiles)
{
    if (rule == NULL) return true;
    bool gemm = op->kind == WL_GEMM;
    if (!agrees(rule->rows, tiles->rows, gemm ? op->gemm.m : op->rows)) return false;
    if (!gemm) return true;
    if (rule->order != FL_ORDER_ANY && rule->order != (int)tiles->order + 1) return false;
    return agrees(rule->items, tiles->items, op->gemm.inner) &&
           agrees(rule->columns, tiles->columns, op->gemm.n) && agrees(rule->depth, tiles->depth, op->gemm.k);
}

/* Prices one candidate, split over the cores in each way that there is, and keeps the cheapest so far. */
static void consider(const fl_pricing *p, uint32_t first, uint32_t length, const fl_mapping *tiles,
                     fl_mapping *best)
{
    const wl_op *op = &p->workload->ops[first];
    if (!allowed(rule_of(p, op), op, tiles)) return;
    int splits = p->machine->cores == 1 ? 1 : FL_SPLIT_COUNT;
    for (int split = FL_SPLIT_NONE; split < splits; split++) {
        fl_mapping maps[FL_MAX_CHAIN] = {*tiles};
        maps[0].split = (fl_split)split;
        if (split != FL_SPLIT_NONE && fl_split_tiles(op, &maps[0]) == 1) continue;
        if (fl_price_chain(p, first, length, maps) && cheaper(&maps[0], &best[0]))
            memcpy(best, maps, length * sizeof *maps);
    }
}

/* --- candidates
 * ----------------------------------------------------------------------------------------------------------
 */

static void search_vector(const fl_pricing *p, uint32_t first, uint32_t length, fl_mapping *best)
{
    const wl_op *op = &p->workload->ops[first];
    const fl_mapping_rule *rule = rule_of(p, op);
    for (uint32_t rows = op->rows; rows >= 1; rows = rows == 1 ? 0 : ceil_div(rows, 2)) {
        fl_mapping tiles = {.items = 1,
                            .rows = rule != NULL && rule->rows != 0 ? min32(rule->rows, op->rows) : rows,
                            .columns = op->columns,
                            .depth = 1};
        consider(p, first, length, &tiles, best);
    }
}

/* Tiles begin on whole bytes of 4-bit codes. */
static uint32_t even(uint32_t tile) { return (tile + 1) & ~1u; }

/* Tile sizes of one dimension: a unit times 1, 2, 4 ..., a core's share and the whole; or just the one that a
 * rule asks for. */
static unsigned sizes(uint32_t size, uint32_t unit, uint64_t cores, uint64_t asked, uint32_t *out,
                      unsigned capacity)
{
    uint32_t share = even(ceil_div(size, cores)); /* a core's part in one piece */
    unsigned count = 0;
    if (asked != 0 && asked < size) {
        out[0] = (uint32_t)asked;
        return 1;
    }
    for (uint64_t tile = unit; tile < size && count + 2 < capacity; tile *= 2) out[count++] = (uint32_t)tile;
    if (share < size) out[count++] = share;
    out[count++] = size;
    return count;
}

/* The largest group of items first, then smaller divisors. A product with per-column parameters takes its
 * items one by one, because they have columns of their own. */
static unsigned item_groups(const wl_op *op, uint32_t *out, unsigned capacity)
{
    unsigned count = 0;
    uint32_t inner = op->column_params == WL_NONE ? op->gemm.inner : 1;
    for (uint32_t items = inner; items >= 1 && count < capacity; items--)
        if (op->gemm.inner % items == 0) out[count++] = items;
    return count;
}

/* A chain needs whole rows, and tiles whose output rows lie together. */
static bool chains(const wl_gemm *g, const fl_mapping *tiles)
{
    return tiles->columns == g->n && (tiles->items == 1 || tiles->rows == g->m);
}

/* One store takes a tile's rows to a cache: those of whole sequences, or some of one. */
static bool stores_at_once(const wl_tensor *out, const wl_gemm *g, const fl_mapping *tiles)
{
    uint32_t each = wl_new_rows(out);
    return out->role != WL_CACHE || g->m == each || tiles->rows % each == 0 || each % tiles->rows == 0;
}

static void search_gemm(const fl_pricing *p, uint32_t first, uint32_t length, fl_mapping *best)
{
    enum { MOST = 16 };
    const wl_op *op = &p->workload->ops[first];
    const wl_gemm *g = &op->gemm;
    const pe_array_params *array = &p->machine->array;
    uint32_t rows_unit = even(array->rows / array->pe->slices(p->workload->tensors[g->a.tensor].format));
    uint32_t columns_unit =
        even(array->columns / array->pe->slices(p->workload->tensors[g->b.tensor].format));
    uint32_t depth_unit = array->dataflow == PE_WEIGHT_STATIONARY ? rows_unit : 64;
    uint32_t items[MOST], rows[MOST + 1], columns[MOST + 1], depth[MOST + 1];
    uint64_t cores = p->machine->cores;
    static const fl_mapping_rule free_choice = {0};
    const fl_mapping_rule *rule = rule_of(p, op);
    if (rule == NULL) rule = &free_choice;
    unsigned ni = item_groups(op, items, MOST),
             nr = sizes(g->m, rows_unit, cores, rule->rows, rows, MOST + 1),
             nc = sizes(g->n, columns_unit, cores, rule->columns, columns, MOST + 1),
             nd = sizes(g->k, depth_unit, 1, rule->depth, depth, MOST + 1);
    for (unsigned i = 0; i < ni * nr * nc * nd * 2; i++) {
        unsigned rest = i / 2;
        fl_mapping tiles = {.order = (fl_loop_order)(i % 2)};
        tiles.depth = depth[nd - 1 - rest % nd], rest /= nd;
        tiles.columns = columns[rest % nc], rest /= nc;
        tiles.rows = rows[nr - 1 - rest % nr], rest /= nr;
        tiles.items = items[rest];
        if ((length == 1 || chains(g, &tiles)) &&
            stores_at_once(&p->workload->tensors[g->out.tensor], g, &tiles))
            consider(p, first, length, &tiles, best);
    }
}

static void search(const fl_pricing *p, uint32_t first, uint32_t length, fl_mapping *best)
{
    memset(best, 0, FL_MAX_CHAIN * sizeof *best);
    if (p->workload->ops[first].kind == WL_GEMM)
        search_gemm(p, first, length, best);
    else
        search_vector(p, first, length, best);
}

/* --- chains
 * --------------------------------------------------------------------------------------------------------------
 */

/* Rows that no product writes (the class token's in a projection of patches) would be left out of a chain. */
static bool writes_all_rows(const wl_gemm *g, const wl_tensor *out)
{
    return out->columns == g->n && (uint64_t)g->outer * g->inner * g->m == out->rows;
}

/* Does `next` work row by row on what `op` makes, all of it? */
static bool follows(const wl_workload *wl, const wl_op *op, const wl_op *next)
{
    uint32_t output = wl_op_output(op);
    const wl_tensor *t = &wl->tensors[output];
    return next->kind == WL_VECTOR && (next->in == output) != (next->in2 == output) &&
           next->rows == t->rows && next->columns == t->columns &&
           (op->kind == WL_VECTOR || writes_all_rows(&op->gemm, t));
}

static uint32_t longest_chain(const fl_pricing *p, uint32_t first)
{
    const wl_workload *wl = p->workload;
    uint32_t length = 1;
    for (; length < FL_MAX_CHAIN && first + length < wl->op_count; length++) {
        const wl_op *next = &wl->ops[first + length];
        const fl_mapping_rule *rule = rule_of(p, next);
        if (!follows(wl, next - 1, next) || (rule != NULL && rule->chain != 0)) break;
    }
    return length;
}

/* The cheapest way to cut the `length` operations from `first` on into chains, recursively; the best cut of
 * what is left is independent of what goes before. Returns the price, a negative number when some operation
 * does not fit at all. */
static double cut(const fl_pricing *p, uint32_t first, uint32_t length, fl_mapping *maps)
{
    double best = -1;
    if (length == 0) return 0;
    for (uint32_t head = length; head >= 1; head--) {
        fl_mapping trial[2 * FL_MAX_CHAIN];
        search(p, first, head, trial);
        if (trial[0].rows == 0) continue;
        double rest = cut(p, first + head, length - head, trial + head);
        if (rest < 0 || (best >= 0 && trial[0].price_cycles + rest >= best)) continue;
        best = trial[0].price_cycles + rest;
        memcpy(maps, trial, length * sizeof *maps);
    }
    return best;
}

/* --- the whole workload
 * -------------------------------------------------------------------------------------------------- */

static fl_status check_function(const wl_workload *wl, const wl_op *op, fl_error *error)
{
    const vec_function *f = fl_op_function(op);
    if (f == NULL)
        return fl_fail(error, FL_BAD_INPUT, NULL, "%s: no vector function \"%s\"", op->name, op->function);
    static const num_format int32 = {NUM_INT, 32, true};
    bool gemm = op->kind == WL_GEMM;
    num_format in = gemm ? int32 : wl->tensors[op->in].format;
    num_format in2 = gemm || op->in2 == WL_NONE ? in : wl->tensors[op->in2].format;
    const char *reason = NULL;
    if (f->supports(in, in2, wl->tensors[wl_op_output(op)].format, &reason)) return FL_OK;
    return fl_fail(error, FL_BAD_INPUT, NULL, "%s: vector function %s: %s", op->name, op->function, reason);
}

static fl_status check_product(const fl_pricing *p, const wl_op *op, fl_error *error)
{
    if (op->kind != WL_GEMM) return FL_OK;
    num_format a = p->workload->tensors[op->gemm.a.tensor].format,
               b = p->workload->tensors[op->gemm.b.tensor].format;
    const char *reason = NULL;
    if (pe_array_supports(&p->machine->array, a, b, &reason)) return FL_OK;
    char an[12], bn[12];
    return fl_fail(
        error, FL_BAD_INPUT, NULL,
        "%s: PE type %s cannot multiply %s by %s: %s (choose another matrix.pe, or formats by the workload's "
        "recipe: quant)",
        op->name, p->machine->matrix.pe->name, num_format_name(a, an), num_format_name(b, bn), reason);
}

/* Tiles begin on whole bytes and a rule is for something. */
static fl_status check_rules(const fl_pricing *p, fl_error *error)
{
    for (size_t r = 0; r < p->machine->mapping_rule_count; r++) {
        const fl_mapping_rule *rule = &p->machine->mapping_rules[r];
        bool used = false;
        for (uint32_t i = 0; i < p->workload->op_count; i++) used |= rule_of(p, &p->workload->ops[i]) == rule;
        if (!used)
            return fl_fail(error, FL_BAD_INPUT, &rule->where,
                           "mapping: no operation of %s is left for the pattern \"%s\"", p->workload->name,
                           rule->operation);
        if (rule->columns % 2 != 0 || rule->depth % 2 != 0)
            return fl_fail(
                error, FL_BAD_INPUT, &rule->where,
                "mapping: columns and depth must be even, so that tiles of 4-bit codes begin on whole bytes");
    }
    return FL_OK;
}

static fl_status does_not_fit(const fl_pricing *p, uint32_t first, uint32_t length, fl_error *error)
{
    fl_mapping maps[FL_MAX_CHAIN];
    const wl_op *op = &p->workload->ops[first];
    for (uint32_t i = 0; i < length; i++) {
        op = &p->workload->ops[first + i];
        search(p, first + i, 1, maps);
        if (maps[0].rows == 0) break;
    }
    const fl_mapping_rule *rule = rule_of(p, op);
    if (rule != NULL)
        return fl_fail(error, FL_BAD_INPUT, &rule->where,
                       "mapping: %s: no tile that this rule allows fits the buffers", op->name);
    const fl_buffer_config *b = p->machine->buffers;
    return fl_fail(error, FL_BAD_INPUT, NULL,
                   "%s: not even its smallest tile fits the buffers, where each operand takes whole banks "
                   "(input %llu B in %llu, weight %llu B in %llu, "
                   "accumulator %llu B in %llu, vector %llu B in %llu)",
                   op->name, (unsigned long long)b[0].size_bytes, (unsigned long long)b[0].banks,
                   (unsigned long long)b[1].size_bytes, (unsigned long long)b[1].banks,
                   (unsigned long long)b[2].size_bytes, (unsigned long long)b[2].banks,
                   (unsigned long long)b[3].size_bytes, (unsigned long long)b[3].banks);
}

/* Same rows in a store. */
static bool same_rows_written(const wl_tensor *x, const wl_tensor *y)
{
    return x->role == y->role && (x->role != WL_CACHE || wl_new_rows(x) == wl_new_rows(y));
}

/* Same shape, same formats, same functions, same readers, same rule: same mapping. */
static bool same_op(const fl_pricing *p, const wl_op *x, const wl_op *y)
{
    const wl_tensor *t = p->workload->tensors;
    if (x->kind != y->kind || strcmp(x->function, y->function) != 0 || rule_of(p, x) != rule_of(p, y) ||
        p->readers[wl_op_output(x)] != p->readers[wl_op_output(y)])
        return false;
    if ((x->column_params == WL_NONE) != (y->column_params == WL_NONE)) return false;
    if (x->kind == WL_VECTOR)
        return x->rows == y->rows && x->columns == y->columns && (x->in2 == WL_NONE) == (y->in2 == WL_NONE) &&
               t[x->in].row_bytes == t[y->in].row_bytes && t[x->out].row_bytes == t[y->out].row_bytes &&
               (x->in2 == WL_NONE || t[x->in2].row_bytes == t[y->in2].row_bytes);
    const wl_gemm *a = &x->gemm, *b = &y->gemm;
    return a->outer == b->outer && a->inner == b->inner && a->m == b->m && a->n == b->n && a->k == b->k &&
           a->b_k_major == b->b_k_major && num_format_equal(t[a->a.tensor].format, t[b->a.tensor].format) &&
           num_format_equal(t[a->b.tensor].format, t[b->b.tensor].format) &&
           num_format_equal(t[a->out.tensor].format, t[b->out.tensor].format) &&
           same_rows_written(&t[a->out.tensor], &t[b->out.tensor]);
}

/* Is the chain at `y` like the one at `x`, and does it connect its operations through the same inputs? */
static bool same_chain(const fl_pricing *p, uint32_t x, uint32_t y, uint32_t length)
{
    const wl_op *ops = p->workload->ops;
    for (uint32_t i = 0; i < length; i++) {
        if (!same_op(p, &ops[x + i], &ops[y + i])) return false;
        if (i != 0 && (ops[x + i].in == wl_op_output(&ops[x + i - 1])) !=
                          (ops[y + i].in == wl_op_output(&ops[y + i - 1])))
            return false;
    }
    return true;
}

typedef struct known_chain {
    uint32_t first, length;
} known_chain;

static fl_status map_run(const fl_pricing *p, uint32_t first, uint32_t length, known_chain *known,
                         uint32_t *known_count, fl_mapping *mappings, fl_error *error)
{
    for (uint32_t i = 0; i < length; i++) {
        fl_status status = check_function(p->workload, &p->workload->ops[first + i], error);
        if (status == FL_OK) status = check_product(p, &p->workload->ops[first + i], error);
        if (status != FL_OK) return status;
    }
    for (uint32_t k = 0; k < *known_count; k++)
        if (known[k].length == length && same_chain(p, known[k].first, first, length)) {
            memcpy(mappings + first, mappings + known[k].first, length * sizeof *mappings);
            return FL_OK;
        }
    if (cut(p, first, length, mappings + first) < 0) return does_not_fit(p, first, length, error);
    known[(*known_count)++] = (known_chain){first, length};
    return FL_OK;
}

static void count_readers(const wl_workload *wl, uint32_t *readers)
{
    for (uint32_t i = 0; i < wl->op_count; i++) {
        const wl_op *op = &wl->ops[i];
        if (op->kind == WL_GEMM) {
            readers[op->gemm.a.tensor]++;
            readers[op->gemm.b.tensor]++;
        } else {
            readers[op->in]++;
            if (op->in2 != WL_NONE) readers[op->in2]++;
        }
    }
}

fl_status fl_map_workload(const fl_machine_config *machine, const wl_workload *workload,
                          const fl_dram_profile *dram, fl_mapping *mappings, fl_error *error)
{
    uint32_t *readers = calloc(workload->tensor_count, sizeof *readers);
    known_chain *known = calloc(workload->op_count, sizeof *known);
    uint32_t known_count = 0;
    fl_status status =
        readers == NULL || known == NULL ? fl_fail(error, FL_BAD_INPUT, NULL, "out of memory") : FL_OK;
    if (status == FL_OK) count_readers(workload, readers);
    fl_pricing pricing = {machine, workload, dram, readers};
    if (status == FL_OK) status = check_rules(&pricing, error);
    for (uint32_t first = 0, length; first < workload->op_count && status == FL_OK; first += length) {
        length = longest_chain(&pricing, first);
        status = map_run(&pricing, first, length, known, &known_count, mappings, error);
    }
    free(readers);
    free(known);
    return status;
}
