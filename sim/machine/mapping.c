#include "sim/machine/mapping.h"

#include <stdlib.h>
#include <string.h>

static uint32_t ceil_div(uint64_t a, uint64_t b) { return (uint32_t)((a + b - 1) / b); }
static uint32_t min32(uint64_t a, uint64_t b) { return (uint32_t)(a < b ? a : b); }

static const vec_function *function_of(const wl_op *op)
{
    const fl_part *part = fl_registry_find("vector_function", op->function);
    return part == NULL ? NULL : part->ops;
}

/* --- slots ------------------------------------------------------------------------------------------------------- */

/* Slots of whole banks for tiles of `tile_bytes`, taken from *base upwards, at most `wanted`. False when not even one fits. */
static bool place(const fl_buffer_config *buffer, uint64_t limit_bytes, uint64_t tile_bytes, uint32_t wanted,
                  uint32_t *base, fl_slots *slots)
{
    uint64_t bank = fl_bank_bytes(buffer);
    uint64_t slot = (tile_bytes + bank - 1) / bank * bank;
    if (*base + slot > limit_bytes) {
        /* Less than a bank is left per slot: without whole banks the tile shares them, which serialises its users. */
        slot = (tile_bytes + 3) / 4 * 4;
        if (*base + slot > limit_bytes) return false;
    }
    uint32_t fit = (uint32_t)((limit_bytes - *base) / slot);
    slots->slots = min32(min32(wanted, FL_MAX_SLOTS), fit);
    slots->slot_bytes = (uint32_t)slot;
    slots->base_bytes = *base;
    *base += slots->slots * slots->slot_bytes;
    return true;
}

/* --- vector operations ---------------------------------------------------------------------------------------------- */

typedef struct row_bytes {
    uint64_t source, source2, result, parameters;
} row_bytes;

static row_bytes vector_row_bytes(const wl_workload *wl, const wl_op *op)
{
    return (row_bytes){
        .source = wl->tensors[op->in].row_bytes,
        .source2 = op->in2 == WL_NONE ? 0 : wl->tensors[op->in2].row_bytes,
        .result = wl->tensors[op->out].row_bytes,
        .parameters = op->column_params == WL_NONE ? 0 : (uint64_t)op->columns * VEC_COLUMN_BYTES,
    };
}

static bool place_vector(const fl_machine_config *m, const row_bytes *row, fl_mapping *map)
{
    const fl_buffer_config *buffer = &m->buffers[FL_VECTOR_BUFFER];
    uint32_t base = 0;
    bool fits = true;
    if (row->parameters != 0) fits = place(buffer, buffer->size_bytes, row->parameters, 1, &base, &map->parameters);
    if (fits) fits = place(buffer, buffer->size_bytes, row->source * map->rows, 2, &base, &map->source);
    if (fits && row->source2 != 0)
        fits = place(buffer, buffer->size_bytes, row->source2 * map->rows, 2, &base, &map->source2);
    return fits && place(buffer, buffer->size_bytes, row->result * map->rows, 2, &base, &map->result);
}

static void price_vector(const fl_machine_config *m, const wl_op *op, const vec_function *f, const row_bytes *row,
                         double dram_bytes_per_cycle, fl_mapping *map)
{
    uint64_t interval = vec_row_interval(&m->lanes, f, op->columns);
    uint64_t per_row = row->source + row->source2 + row->result;
    map->vector_cycles = interval * op->rows;
    map->dram_bytes = per_row * op->rows + row->parameters;
    map->dram_cycles = (uint64_t)((double)map->dram_bytes / dram_bytes_per_cycle);
    map->fill_cycles = (double)(per_row * map->rows + row->parameters) / dram_bytes_per_cycle;
    if (map->source.slots == 1) map->fill_cycles += (double)map->dram_cycles;
    map->price_cycles =
        (double)(map->vector_cycles > map->dram_cycles ? map->vector_cycles : map->dram_cycles) + map->fill_cycles;
}

static bool cheaper(const fl_mapping *a, const fl_mapping *b)
{
    if (b->rows == 0) return true;
    if (a->price_cycles != b->price_cycles) return a->price_cycles < b->price_cycles;
    return a->dram_bytes < b->dram_bytes;
}

static fl_status map_vector(const fl_machine_config *m, const wl_workload *wl, const wl_op *op, double dram_bytes_per_cycle,
                            fl_mapping *best, fl_error *error)
{
    row_bytes row = vector_row_bytes(wl, op);
    for (uint32_t rows = op->rows; rows >= 1; rows = rows == 1 ? 0 : ceil_div(rows, 2)) {
        fl_mapping map = {.items = 1, .rows = rows, .columns = op->columns, .depth = 1};
        if (!place_vector(m, &row, &map)) continue;
        price_vector(m, op, function_of(op), &row, dram_bytes_per_cycle, &map);
        if (cheaper(&map, best)) *best = map;
    }
    if (best->rows != 0) return FL_OK;
    return fl_fail(error, FL_BAD_INPUT, NULL, "%s: one row (%llu B in, %llu B out, %llu B parameters) does not fit buffers.vector.size = %llu B",
                   op->name, (unsigned long long)(row.source + row.source2), (unsigned long long)row.result,
                   (unsigned long long)row.parameters, (unsigned long long)m->buffers[FL_VECTOR_BUFFER].size_bytes);
}

/* --- matrix products -------------------------------------------------------------------------------------------------- */

static uint64_t operand_bytes(num_format format, uint64_t rows, uint64_t codes)
{
    return rows * num_row_bytes(format, codes);
}

static bool place_gemm(const fl_machine_config *m, const wl_workload *wl, const wl_op *op, fl_mapping *map)
{
    const wl_gemm *g = &op->gemm;
    num_format af = wl->tensors[g->a.tensor].format, bf = wl->tensors[g->b.tensor].format,
               of = wl->tensors[g->out.tensor].format;
    uint64_t a = map->items * operand_bytes(af, map->rows, map->depth);
    uint64_t b = map->items * (g->b_k_major ? operand_bytes(bf, map->depth, map->columns) : operand_bytes(bf, map->columns, map->depth));
    uint64_t c = (uint64_t)map->items * map->rows * map->columns * 4;
    uint64_t out = map->items * operand_bytes(of, map->rows, map->columns);
    uint64_t parameters = op->column_params == WL_NONE ? 0 : (uint64_t)map->columns * VEC_COLUMN_BYTES;
    const fl_buffer_config *buffers = m->buffers, *vector = &buffers[FL_VECTOR_BUFFER];
    uint32_t tiles_m = ceil_div(g->m, map->rows), tiles_n = ceil_div(g->n, map->columns), tiles_k = ceil_div(g->k, map->depth);
    uint32_t groups = g->outer * ceil_div(g->inner, map->items);
    uint64_t all = (uint64_t)groups * tiles_m * tiles_n * tiles_k;
    uint32_t input_base = 0, weight_base = 0, sum_base = 0, vector_base = 0;
    bool fits = place(&buffers[FL_INPUT], buffers[FL_INPUT].size_bytes, a, min32(all, FL_MAX_SLOTS), &input_base, &map->input) &&
                place(&buffers[FL_WEIGHT], buffers[FL_WEIGHT].size_bytes, b, min32(all, FL_MAX_SLOTS), &weight_base, &map->weight) &&
                place(&buffers[FL_ACCUMULATOR], buffers[FL_ACCUMULATOR].size_bytes, c, 2, &sum_base, &map->accumulator);
    if (fits && parameters != 0) fits = place(vector, vector->size_bytes / 2, parameters, 2, &vector_base, &map->parameters);
    return fits && place(vector, vector->size_bytes, out, 2, &vector_base, &map->result);
}

/* How often each operand tile crosses the DRAM boundary: an operand that moves with the inner loop only is kept when the inner
 * loop's tiles all fit its slots; the other one stays for the whole inner loop when the depth is not cut. */
static void gemm_loads(const wl_gemm *g, const fl_mapping *map, uint64_t *a_loads, uint64_t *b_loads)
{
    uint64_t tm = ceil_div(g->m, map->rows), tn = ceil_div(g->n, map->columns), tk = ceil_div(g->k, map->depth);
    bool rows_outer = map->order == FL_ROWS_OUTER;
    uint64_t outer = rows_outer ? tm : tn, inner = rows_outer ? tn : tm;
    uint32_t still_slots = rows_outer ? map->input.slots : map->weight.slots;
    uint32_t moving_slots = rows_outer ? map->weight.slots : map->input.slots;
    uint64_t still = outer * tk * (tk > still_slots ? inner : 1);
    uint64_t moving = inner * tk * (inner * tk > moving_slots ? outer : 1);
    *a_loads = rows_outer ? still : moving;
    *b_loads = rows_outer ? moving : still;
}

static uint64_t job_cycles(const fl_machine_config *m, const fl_mapping *map, const wl_workload *wl, const wl_gemm *g,
                           uint32_t rows, uint32_t columns, uint32_t depth)
{
    pe_array_job job = {.items = map->items, .m = rows, .n = columns, .k = depth, .b_k_major = g->b_k_major,
                        .a_format = wl->tensors[g->a.tensor].format, .b_format = wl->tensors[g->b.tensor].format};
    pe_array_front front = {0};
    pe_array_plan first, second;
    pe_array_plan_job(&m->array, &front, &job, 0, &first);
    pe_array_plan_job(&m->array, &front, &job, first.accept, &second);
    return second.accept - first.accept;
}

/* Matrix cycles of one item group: full tiles and the edge tiles of each dimension. */
static uint64_t group_cycles(const fl_machine_config *m, const fl_mapping *map, const wl_workload *wl, const wl_gemm *g)
{
    const uint32_t size[3] = {g->m, g->n, g->k}, tile[3] = {map->rows, map->columns, map->depth};
    uint64_t total = 0;
    for (unsigned edges = 0; edges < 8; edges++) {
        uint64_t count = 1;
        uint32_t shape[3];
        for (unsigned d = 0; d < 3; d++) {
            bool edge = (edges >> d) & 1;
            shape[d] = edge ? size[d] % tile[d] : tile[d];
            count *= edge ? (shape[d] != 0) : size[d] / tile[d];
        }
        if (count != 0) total += count * job_cycles(m, map, wl, g, shape[0], shape[1], shape[2]);
    }
    return total;
}

static void price_gemm(const fl_machine_config *m, const wl_workload *wl, const wl_op *op, double dram_bytes_per_cycle,
                       fl_mapping *map)
{
    const wl_gemm *g = &op->gemm;
    uint64_t a_loads, b_loads;
    gemm_loads(g, map, &a_loads, &b_loads);
    uint64_t groups = (uint64_t)g->outer * ceil_div(g->inner, map->items);
    uint64_t tm = ceil_div(g->m, map->rows), tn = ceil_div(g->n, map->columns), tk = ceil_div(g->k, map->depth);
    num_format af = wl->tensors[g->a.tensor].format, bf = wl->tensors[g->b.tensor].format, of = wl->tensors[g->out.tensor].format;
    double a_all = (double)operand_bytes(af, g->m, g->k) * map->items, b_all = (double)operand_bytes(bf, g->n, g->k) * map->items;
    double out_all = (double)operand_bytes(of, g->m, g->n) * map->items;
    double parameters = op->column_params == WL_NONE ? 0 : (double)g->n * VEC_COLUMN_BYTES;
    if (map->order == FL_ROWS_OUTER) parameters *= (double)tm;
    /* Loads count tiles; each is 1/(tiles) of its operand. */
    double bytes = a_all * (double)a_loads / (double)(tm * tk) + b_all * (double)b_loads / (double)(tn * tk) + out_all + parameters;
    map->dram_bytes = (uint64_t)(bytes * (double)groups);
    map->dram_cycles = (uint64_t)((double)map->dram_bytes / dram_bytes_per_cycle);
    map->matrix_cycles = groups * group_cycles(m, map, wl, g);
    uint64_t row_cycles = 0;
    for (uint64_t n = 0; n < tn; n++)
        row_cycles += vec_row_interval(&m->lanes, function_of(op), min32(map->columns, g->n - n * map->columns));
    map->vector_cycles = groups * map->items * g->m * row_cycles;
    double tile_bytes = a_all / (double)(tm * tk) + b_all / (double)(tn * tk) + out_all / (double)(tm * tn);
    double tile_vector = (double)map->vector_cycles / (double)(groups * tm * tn);
    map->fill_cycles = tile_bytes / dram_bytes_per_cycle + tile_vector;
    uint64_t bound = map->matrix_cycles;
    if (map->dram_cycles > bound) bound = map->dram_cycles;
    if (map->vector_cycles > bound) bound = map->vector_cycles;
    double exposed = 0; /* single buffering exposes what it should have hidden */
    if (map->input.slots == 1 && groups * tm * tk > 1) exposed += a_all * (double)(a_loads * groups) / (double)(tm * tk) / dram_bytes_per_cycle;
    if (map->weight.slots == 1 && groups * tn * tk > 1) exposed += b_all * (double)(b_loads * groups) / (double)(tn * tk) / dram_bytes_per_cycle;
    if (map->accumulator.slots == 1 && groups * tm * tn > 1) exposed += (double)map->vector_cycles;
    map->price_cycles = (double)bound + map->fill_cycles + exposed;
}

/* Tile sizes of one dimension: the array's own size times 1, 2, 4 ..., and the whole. */
static unsigned candidates(uint32_t size, uint32_t unit, uint32_t *out, unsigned capacity)
{
    unsigned count = 0;
    for (uint64_t tile = unit; tile < size && count + 1 < capacity; tile *= 2) out[count++] = (uint32_t)tile;
    out[count++] = size;
    return count;
}

static uint32_t align_up_to_byte_codes(uint32_t tile) { return (tile + 1) & ~1u; }

/* The largest group of items first, then smaller divisors. Only items of one outer index are held together. */
static unsigned item_candidates(const wl_op *op, uint32_t *out, unsigned capacity)
{
    unsigned count = 0;
    uint32_t inner = op->column_params == WL_NONE ? op->gemm.inner : 1;
    for (uint32_t items = inner; items >= 1 && count < capacity; items--)
        if (op->gemm.inner % items == 0) out[count++] = items;
    return count;
}

static fl_status map_gemm(const fl_machine_config *m, const wl_workload *wl, const wl_op *op, double dram_bytes_per_cycle,
                          fl_mapping *best, fl_error *error)
{
    const wl_gemm *g = &op->gemm;
    const pe_type *pe = m->array.pe;
    uint32_t rows_unit = align_up_to_byte_codes(m->array.rows / pe->slices(wl->tensors[g->a.tensor].format));
    uint32_t columns_unit = align_up_to_byte_codes(m->array.columns / pe->slices(wl->tensors[g->b.tensor].format));
    bool ws = m->array.dataflow == PE_WEIGHT_STATIONARY;
    uint32_t items[16], rows[16], columns[16], depth[16];
    unsigned ni = item_candidates(op, items, 16), nr = candidates(g->m, rows_unit, rows, 16),
             nc = candidates(g->n, columns_unit, columns, 16), nd = candidates(g->k, ws ? rows_unit : 64, depth, 16);
    for (unsigned i = 0; i < ni * nr * nc * nd * 2; i++) {
        unsigned rest = i / 2;
        fl_mapping map = {.order = (fl_loop_order)(i % 2)};
        map.depth = depth[nd - 1 - rest % nd], rest /= nd;
        map.columns = columns[rest % nc], rest /= nc;
        map.rows = rows[nr - 1 - rest % nr], rest /= nr;
        map.items = items[rest];
        if (!place_gemm(m, wl, op, &map)) continue;
        price_gemm(m, wl, op, dram_bytes_per_cycle, &map);
        if (cheaper(&map, best)) *best = map;
    }
    if (best->rows != 0) return FL_OK;
    return fl_fail(error, FL_BAD_INPUT, NULL,
                   "%s: no tile of %u x %u outputs and 64 operand steps fits the buffers (input %llu B, weight %llu B, accumulator %llu B, vector %llu B)",
                   op->name, min32(g->m, rows_unit), min32(g->n, columns_unit), (unsigned long long)m->buffers[FL_INPUT].size_bytes,
                   (unsigned long long)m->buffers[FL_WEIGHT].size_bytes, (unsigned long long)m->buffers[FL_ACCUMULATOR].size_bytes,
                   (unsigned long long)m->buffers[FL_VECTOR_BUFFER].size_bytes);
}

/* --- entry points ---------------------------------------------------------------------------------------------------- */

static fl_status check_function(const wl_workload *wl, const wl_op *op, fl_error *error)
{
    const vec_function *f = function_of(op);
    if (f == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "%s: no vector function \"%s\"", op->name, op->function);
    static const num_format int32 = {NUM_INT, 32, true};
    bool gemm = op->kind == WL_GEMM;
    num_format in = gemm ? int32 : wl->tensors[op->in].format;
    num_format in2 = gemm || op->in2 == WL_NONE ? in : wl->tensors[op->in2].format;
    num_format out = wl->tensors[gemm ? op->gemm.out.tensor : op->out].format;
    const char *reason = NULL;
    if (f->supports(in, in2, out, &reason)) return FL_OK;
    return fl_fail(error, FL_BAD_INPUT, NULL, "%s: vector function %s: %s", op->name, op->function, reason);
}

fl_status fl_map_op(const fl_machine_config *machine, const wl_workload *workload, const wl_op *op,
                    double dram_bytes_per_cycle, fl_mapping *mapping, fl_error *error)
{
    *mapping = (fl_mapping){0};
    fl_status status = check_function(workload, op, error);
    if (status != FL_OK) return status;
    if (op->kind == WL_VECTOR) return map_vector(machine, workload, op, dram_bytes_per_cycle, mapping, error);
    num_format a = workload->tensors[op->gemm.a.tensor].format, b = workload->tensors[op->gemm.b.tensor].format;
    const char *reason = NULL;
    if (!pe_array_supports(&machine->array, a, b, &reason)) {
        char an[12], bn[12];
        return fl_fail(error, FL_BAD_INPUT, NULL, "%s: PE type %s cannot multiply %s by %s: %s", op->name,
                       machine->matrix.pe->name, num_format_name(a, an), num_format_name(b, bn), reason);
    }
    return map_gemm(machine, workload, op, dram_bytes_per_cycle, mapping, error);
}

/* Same shape, same formats, same function: same mapping. */
static bool same_shape(const wl_workload *wl, const wl_op *x, const wl_op *y)
{
    if (x->kind != y->kind || strcmp(x->function, y->function) != 0) return false;
    if ((x->column_params == WL_NONE) != (y->column_params == WL_NONE)) return false;
    const wl_tensor *t = wl->tensors;
    if (x->kind == WL_VECTOR)
        return x->rows == y->rows && x->columns == y->columns && (x->in2 == WL_NONE) == (y->in2 == WL_NONE) &&
               t[x->in].row_bytes == t[y->in].row_bytes && t[x->out].row_bytes == t[y->out].row_bytes &&
               (x->in2 == WL_NONE || t[x->in2].row_bytes == t[y->in2].row_bytes);
    const wl_gemm *a = &x->gemm, *b = &y->gemm;
    return a->outer == b->outer && a->inner == b->inner && a->m == b->m && a->n == b->n && a->k == b->k && a->b_k_major == b->b_k_major &&
           num_format_equal(t[a->a.tensor].format, t[b->a.tensor].format) &&
           num_format_equal(t[a->b.tensor].format, t[b->b.tensor].format) &&
           num_format_equal(t[a->out.tensor].format, t[b->out.tensor].format);
}

fl_status fl_dram_bytes_per_cycle(const fl_machine_config *machine, double *bytes_per_cycle, fl_error *error)
{
    const mem_engine_ops *ops = machine->memory->ops;
    const char *reason = NULL;
    mem_engine *engine = ops->create(machine->memory_params, machine->clock_hz, machine->ports, 2, &reason);
    if (engine == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "memory %s: %s", machine->memory->name, reason);
    double memory = ops->peak_bytes_per_second(engine) / (double)machine->clock_hz;
    ops->destroy(engine);
    double bus = machine->ports[0].bus_bytes;
    *bytes_per_cycle = memory < bus ? memory : bus;
    return FL_OK;
}

fl_status fl_map_workload(const fl_machine_config *machine, const wl_workload *workload, fl_mapping *mappings, fl_error *error)
{
    double dram_bytes_per_cycle;
    fl_status status = fl_dram_bytes_per_cycle(machine, &dram_bytes_per_cycle, error);
    uint32_t unique[64], unique_count = 0;
    for (uint32_t i = 0; i < workload->op_count && status == FL_OK; i++) {
        const wl_op *op = &workload->ops[i];
        uint32_t u = 0;
        while (u < unique_count && !same_shape(workload, &workload->ops[unique[u]], op)) u++;
        if (u < unique_count) {
            status = check_function(workload, op, error);
            mappings[i] = mappings[unique[u]];
            continue;
        }
        status = fl_map_op(machine, workload, op, dram_bytes_per_cycle, &mappings[i], error);
        if (unique_count < 64) unique[unique_count++] = i;
    }
    return status;
}
