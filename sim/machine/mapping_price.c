#include "sim/machine/mapping_price.h"

#include "sim/machine/share.h"
#include "sim/machine/weight_layout.h"

static uint32_t ceil_div(uint64_t a, uint64_t b) { return (uint32_t)((a + b - 1) / b); }
static uint32_t min32(uint64_t a, uint64_t b) { return (uint32_t)(a < b ? a : b); }

const vec_function *fl_op_function(const wl_op *op)
{
    const fl_part *part = fl_registry_find("vector_function", op->function);
    return part == NULL ? NULL : part->ops;
}

/* --- slots
 * ------------------------------------------------------------------------------------------------------- */

/* Slots for tiles of `tile_bytes` from *base upwards, at most `wanted`, in whole banks: a bank that two slots
 * share would make their users wait for each other. Only a tile that does not fit otherwise shares. False
 * when not even one fits. */
static bool place(const fl_buffer_config *buffer, uint64_t tile_bytes, uint32_t wanted, uint32_t *base,
                  fl_slots *slots)
{
    uint64_t bank = fl_bank_bytes(buffer), left = buffer->size_bytes - *base;
    uint64_t slot = (tile_bytes + bank - 1) / bank * bank;
    if (slot > left) slot = (tile_bytes + 3) / 4 * 4;
    if (slot > left) return false;
    slots->slots = min32(min32(wanted, FL_MAX_SLOTS), left / slot);
    slots->slot_bytes = (uint32_t)slot;
    slots->base_bytes = *base;
    *base += slots->slots * slots->slot_bytes;
    return true;
}

static uint64_t operand_bytes(num_format format, uint64_t rows, uint64_t codes)
{
    return rows * num_row_bytes(format, codes);
}

static uint64_t parameter_bytes(const wl_op *op, uint32_t columns)
{
    return op->column_params == WL_NONE ? 0 : (uint64_t)columns * VEC_COLUMN_BYTES;
}

/* A vector operation's slots; an input that the chain has just made (tensor `chained`) needs none. */
static bool place_vector(const fl_pricing *p, const wl_op *op, uint32_t chained, uint32_t *base,
                         fl_mapping *map)
{
    const fl_buffer_config *buffer = &p->machine->buffers[FL_VECTOR_BUFFER];
    const wl_tensor *t = p->workload->tensors;
    uint64_t parameters = parameter_bytes(op, op->columns);
    bool fits = parameters == 0 || place(buffer, parameters, 1, base, &map->parameters);
    if (fits && op->in != chained)
        fits = place(buffer, map->rows * t[op->in].row_bytes, 2, base, &map->source);
    if (fits && op->in2 != WL_NONE && op->in2 != chained)
        fits = place(buffer, map->rows * t[op->in2].row_bytes, 2, base, &map->source2);
    return fits && place(buffer, map->rows * t[op->out].row_bytes, 2, base, &map->result);
}

static bool place_gemm(const fl_pricing *p, const wl_op *op, uint32_t *vector_base, fl_mapping *map)
{
    const wl_gemm *g = &op->gemm;
    const wl_tensor *t = p->workload->tensors;
    const fl_buffer_config *buffers = p->machine->buffers, *vector = &buffers[FL_VECTOR_BUFFER];
    uint32_t b_rows = g->b_k_major ? map->depth : map->columns,
             b_codes = g->b_k_major ? map->columns : map->depth;
    uint64_t a = map->items * operand_bytes(t[g->a.tensor].format, map->rows, map->depth);
    uint64_t b = map->items * operand_bytes(t[g->b.tensor].format, b_rows, b_codes);
    uint64_t sums = (uint64_t)map->items * map->rows * map->columns * 4;
    uint64_t out = map->items * operand_bytes(t[g->out.tensor].format, map->rows, map->columns);
    uint64_t parameters = parameter_bytes(op, map->columns);
    uint32_t input_base = 0, weight_base = 0, sum_base = 0;
    bool fits = place(&buffers[FL_INPUT], a, FL_MAX_SLOTS, &input_base, &map->input) &&
                place(&buffers[FL_WEIGHT], b, FL_MAX_SLOTS, &weight_base, &map->weight) &&
                place(&buffers[FL_ACCUMULATOR], sums, 2, &sum_base, &map->accumulator);
    if (fits && parameters != 0) fits = place(vector, parameters, 2, vector_base, &map->parameters);
    return fits && place(vector, out, 2, vector_base, &map->result);
}

/* --- transfers of one tile
 * --------------------------------------------------------------------------------------------- */

/* Bytes that whole bursts move for a tile that is not in tile order: `rows` pieces of a row, each of `codes`
 * of its `full_codes`, of each item. Items that lie side by side (heads) move as one wider row if they are
 * whole. Full rows of the tensor waste nothing. */
static double burst_bytes(const fl_pricing *p, const wl_view *operand, const wl_gemm *g, uint32_t items,
                          uint32_t rows, uint32_t codes, uint32_t full_codes)
{
    const bool side_by_side = operand->inner_columns != 0 && codes == full_codes;
    const uint32_t wide = side_by_side ? items * codes : codes,
                   full = operand->inner_columns != 0 ? g->inner * full_codes : full_codes;
    const size_t bytes = num_row_bytes(p->workload->tensors[operand->tensor].format, wide),
                 burst = p->dram->burst_bytes;
    return (side_by_side ? 1.0 : items) * rows *
           (double)(wide == full ? bytes : (bytes + burst - 1) / burst * burst);
}

typedef struct tile_bytes {
    double a, b, out, parameters;
} tile_bytes;

static tile_bytes gemm_tile_bytes(const fl_pricing *p, const wl_op *op, const fl_mapping *map)
{
    const wl_gemm *g = &op->gemm;
    const uint32_t items = map->items, b_rows = g->b_k_major ? map->depth : map->columns,
                   b_codes = g->b_k_major ? map->columns : map->depth;
    const num_format b_format = p->workload->tensors[g->b.tensor].format;
    return (tile_bytes){
        .a = burst_bytes(p, &g->a, g, items, map->rows, map->depth, g->k),
        .b = map->weight_in_tiles
                 ? items * (double)operand_bytes(b_format, b_rows, b_codes)
                 : burst_bytes(p, &g->b, g, items, b_rows, b_codes, g->b_k_major ? g->n : g->k),
        .out = map->stored ? burst_bytes(p, &g->out, g, items, map->rows, map->columns, g->n) : 0,
        .parameters = (double)parameter_bytes(op, map->columns),
    };
}

/* How often each operand tile crosses the DRAM boundary: an operand that moves with the inner loop is kept
 * when the inner loop's tiles all fit its slots; the other one stays for the whole inner loop when its depth
 * tiles fit. */
static void gemm_loads(const wl_gemm *g, const fl_mapping *map, double *a_loads, double *b_loads)
{
    uint64_t tm = ceil_div(g->m, map->rows), tn = ceil_div(g->n, map->columns),
             tk = ceil_div(g->k, map->depth);
    bool rows_outer = map->order == FL_ROWS_OUTER;
    uint64_t outer = rows_outer ? tm : tn, inner = rows_outer ? tn : tm;
    uint32_t still_slots = rows_outer ? map->input.slots : map->weight.slots;
    uint32_t moving_slots = rows_outer ? map->weight.slots : map->input.slots;
    double still = (double)(outer * tk * (tk > still_slots ? inner : 1));
    double moving = (double)(inner * tk * (inner * tk > moving_slots ? outer : 1));
    *a_loads = rows_outer ? still : moving;
    *b_loads = rows_outer ? moving : still;
}

/* --- price
 * ---------------------------------------------------------------------------------------------------------------
 */

enum { DISPATCH_CYCLES = 4 }; /* completion of a command to the start of the one that waits for it, twice */

/* What a command costs besides its work: dispatch, and that each block of bursts begins with a turn of the
 * bus and other rows. Fitted: of 2, 4, 10, 16, 20, 32 and 64 cycles, 20 gives the shortest runs over the four
 * transformer presets (docs/contracts/mapper.md). */
enum { COMMAND_CYCLES = 20 };

/* Sums over a chain. slot_cycles: the slowest ring of slots. */
typedef struct chain_price {
    uint64_t matrix, vector;
    fl_transfer transfer;
    double cached; /* of what is read, that which a cache in front of the DRAM holds */
    double slots, fill, commands;
} chain_price;

static void slowest(chain_price *price, double ring_cycles)
{
    if (ring_cycles > price->slots) price->slots = ring_cycles;
}

/* Cycles that a ring of slots needs per tile: each slot is taken for the transfer, its latency and the work
 * on it. */
static double slot_time(const fl_pricing *p, fl_transfer t, double work_cycles, uint32_t slots)
{
    return (p->dram->latency_cycles + DISPATCH_CYCLES + fl_transfer_cycles(p->dram, t) + work_cycles) / slots;
}

/* What a cache in front of the DRAM holds of `read` bytes that all cores read of a tensor, of which
 * `distinct` are different and each core reads its part `times` times. What several cores read they read side
 * by side; what comes back later, or has been written by an operation before (all of it: not keys and values
 * of earlier steps), is still there if it takes no more than half of the cache. */
static double cached(const fl_pricing *p, uint32_t tensor, double read, double distinct, double times)
{
    if (p->dram->cache_bytes == 0) return 0;
    bool stays = distinct <= (double)p->dram->cache_bytes / 2;
    const wl_tensor *t = &p->workload->tensors[tensor];
    if (stays && t->producer != WL_NONE && t->role != WL_CACHE) return read;
    double fetched = stays ? distinct : distinct * times;
    return fetched < read ? read - fetched : 0;
}

static void price_vector(const fl_pricing *p, const wl_op *op, double cores, uint32_t chained,
                         const fl_mapping *map, chain_price *price)
{
    const vec_function *f = fl_op_function(op);
    const wl_tensor *t = p->workload->tensors;
    uint64_t interval = vec_row_interval(&p->machine->lanes, f, op->columns);
    double in = (op->in != chained ? (double)t[op->in].row_bytes : 0) +
                (op->in2 != WL_NONE && op->in2 != chained ? (double)t[op->in2].row_bytes : 0);
    double out = map->stored ? (double)t[op->out].row_bytes : 0;
    double rows = map->rows, tiles = ceil_div(op->rows, map->rows),
           work = rows * (double)interval + f->latency;
    fl_transfer load = {.read = rows * in}, store = {.written = rows * out};
    price->vector += interval * op->rows;
    price->transfer.read += cores * (op->rows * in + (double)parameter_bytes(op, op->columns));
    price->transfer.written += cores * op->rows * out;
    double each = cores * op->rows;
    if (op->in != chained)
        price->cached +=
            cached(p, op->in, each * (double)t[op->in].row_bytes, each * (double)t[op->in].row_bytes, 1);
    if (op->in2 != WL_NONE && op->in2 != chained)
        price->cached +=
            cached(p, op->in2, each * (double)t[op->in2].row_bytes, each * (double)t[op->in2].row_bytes, 1);
    if (in != 0)
        slowest(price, tiles * slot_time(p, load, work,
                                         map->source.slots != 0 ? map->source.slots : map->source2.slots));
    slowest(price, tiles * slot_time(p, store, work, map->result.slots));
    price->fill += fl_transfer_cycles(p->dram, load) + fl_transfer_cycles(p->dram, store) + work;
    price->commands += tiles * (1 + (in != 0) + (out != 0));
}

static uint64_t job_cycles(const fl_pricing *p, const wl_op *op, uint32_t items, uint32_t rows,
                           uint32_t columns, uint32_t depth)
{
    pe_array_job job = {.items = items,
                        .m = rows,
                        .n = columns,
                        .k = depth,
                        .b_k_major = op->gemm.b_k_major,
                        .a_format = p->workload->tensors[op->gemm.a.tensor].format,
                        .b_format = p->workload->tensors[op->gemm.b.tensor].format};
    pe_array_front front = {0};
    pe_array_plan first, second;
    pe_array_plan_job(&p->machine->array, &front, &job, 1, &first);
    pe_array_plan_job(&p->machine->array, &front, &job, first.accept, &second);
    return second.until - first.until;
}

/* Matrix cycles of one item group: full tiles and the edge tiles of each dimension. */
static uint64_t group_cycles(const fl_pricing *p, const wl_op *op, const fl_mapping *map)
{
    const uint32_t size[3] = {op->gemm.m, op->gemm.n, op->gemm.k},
                   tile[3] = {map->rows, map->columns, map->depth};
    uint64_t total = 0;
    for (unsigned edges = 0; edges < 8; edges++) {
        uint64_t count = 1;
        uint32_t shape[3];
        for (unsigned d = 0; d < 3; d++) {
            bool edge = (edges >> d) & 1;
            shape[d] = edge ? size[d] % tile[d] : tile[d];
            count *= edge ? (shape[d] != 0) : size[d] / tile[d];
        }
        if (count != 0) total += count * job_cycles(p, op, map->items, shape[0], shape[1], shape[2]);
    }
    return total;
}

/* Cycles that the epilogue takes for one row of sums. */
static uint64_t epilogue_row_cycles(const fl_pricing *p, const wl_op *op, const fl_mapping *map)
{
    uint64_t cycles = 0;
    for (uint32_t n = 0; n < op->gemm.n; n += map->columns)
        cycles +=
            vec_row_interval(&p->machine->lanes, fl_op_function(op), min32(map->columns, op->gemm.n - n));
    return cycles;
}

/* op: the busiest core's part; whole: the operation. `cores` of them work at once. */
static void price_gemm(const fl_pricing *p, const wl_op *whole, const wl_op *op, double cores,
                       const fl_mapping *map, chain_price *price)
{
    const wl_gemm *g = &op->gemm;
    double a_loads, b_loads;
    gemm_loads(g, map, &a_loads, &b_loads);
    uint64_t groups = (uint64_t)g->outer * ceil_div(g->inner, map->items);
    double tm = ceil_div(g->m, map->rows), tn = ceil_div(g->n, map->columns), tk = ceil_div(g->k, map->depth),
           all = (double)groups;
    tile_bytes tile = gemm_tile_bytes(p, whole, map);
    double b_readers = map->multicast ? 1 : cores;
    price->transfer.read += all * (cores * tile.a * a_loads + b_readers * tile.b * b_loads +
                                   cores * tile.parameters * (map->order == FL_ROWS_OUTER ? tm * tn : tn));
    price->transfer.written += cores * all * tile.out * tm * tn;
    const wl_gemm *w = &whole->gemm;
    double groups_of_all = (double)w->outer * ceil_div(w->inner, map->items);
    price->cached += cached(p, g->a.tensor, all * cores * tile.a * a_loads,
                            groups_of_all * ceil_div(w->m, map->rows) * tk * tile.a, a_loads / (tm * tk)) +
                     cached(p, g->b.tensor, all * b_readers * tile.b * b_loads,
                            groups_of_all * ceil_div(w->n, map->columns) * tk * tile.b, b_loads / (tn * tk));
    uint64_t matrix = groups * group_cycles(p, op, map),
             vector = groups * map->items * g->m * epilogue_row_cycles(p, op, map);
    price->matrix += matrix;
    price->vector += vector;
    double tail = 2.0 * p->machine->array.rows +
                  p->machine->array.columns; /* skew and drain before the sums are whole */
    double product = (double)matrix / (all * tm * tn * tk),
           epilogue = (double)vector / (all * tm * tn) + fl_op_function(op)->latency;
    slowest(price,
            all * a_loads * slot_time(p, (fl_transfer){.read = tile.a}, product + tail, map->input.slots));
    slowest(price,
            all * b_loads * slot_time(p, (fl_transfer){.read = tile.b}, product + tail, map->weight.slots));
    slowest(price, all * tm * tn * (tk * product + tail + epilogue) / map->accumulator.slots);
    slowest(price,
            all * tm * tn * slot_time(p, (fl_transfer){.written = tile.out}, epilogue, map->result.slots));
    price->fill += fl_transfer_cycles(p->dram, (fl_transfer){tile.a + tile.b, tile.out}) + tail + epilogue;
    price->commands += all * (a_loads + b_loads + tm * tn * (tk + 1 + (tile.out != 0)));
}

/* In a chain the vector unit stands still from one operation's last element to the next one's first, once per
 * tile. */
static uint64_t chain_wait(const wl_op *before, uint32_t rows, uint32_t tile_rows)
{
    return (uint64_t)ceil_div(rows, tile_rows) * (fl_op_function(before)->latency + DISPATCH_CYCLES / 2);
}

static void set_price(const fl_pricing *p, const chain_price *price, bool shared, fl_mapping *map)
{
    map->matrix_cycles = price->matrix;
    map->vector_cycles = price->vector;
    map->dram_bytes = (uint64_t)(price->transfer.read + price->transfer.written);
    fl_transfer below = {price->transfer.read - price->cached, price->transfer.written};
    map->dram_cycles =
        (uint64_t)(shared ? fl_shared_transfer_cycles(p->dram, below) : fl_transfer_cycles(p->dram, below));
    if (p->dram->cache_bytes != 0) {
        uint64_t cache =
            (uint64_t)((price->transfer.read + price->transfer.written) / p->dram->cache_bytes_per_cycle);
        if (cache > map->dram_cycles) map->dram_cycles = cache;
    }
    map->slot_cycles = price->slots;
    map->command_cycles = COMMAND_CYCLES * price->commands;
    map->fill_cycles = price->fill + 2 * p->dram->latency_cycles;
    double bound = price->slots;
    if ((double)map->matrix_cycles > bound) bound = (double)map->matrix_cycles;
    if ((double)map->vector_cycles > bound) bound = (double)map->vector_cycles;
    if ((double)map->dram_cycles > bound) bound = (double)map->dram_cycles;
    map->price_cycles = bound + map->fill_cycles + map->command_cycles;
}

/* The part of an operation that core 0, the busiest one, computes. `share` is that of the chain's head,
 * `head` its mapping. */
static wl_op part_of(const wl_op *op, const wl_op *head, const fl_mapping *head_map, const fl_share *share)
{
    wl_op part = *op;
    if (op != head) { /* rows go with the head's tiles */
        fl_share all = fl_share_of(head, head_map, 0, 1);
        part.rows = ceil_div((uint64_t)op->rows * fl_share_results(head, head_map, share),
                             fl_share_results(head, head_map, &all));
    } else if (op->kind == WL_VECTOR) {
        part.rows = share->row.end - share->row.first;
    } else {
        part.gemm.outer = share->outer.end - share->outer.first;
        part.gemm.inner = share->item.end - share->item.first;
        part.gemm.m = share->row.end - share->row.first;
        part.gemm.n = share->column.end - share->column.first;
    }
    return part;
}

/* Do all cores run through the same weight tiles in the same order? */
static bool weights_coincide(const fl_pricing *p, const wl_op *op, const fl_mapping *map)
{
    return map->split == FL_SPLIT_ROWS && op->kind == WL_GEMM &&
           fl_split_tiles(op, map) % p->machine->cores == 0 &&
           fl_weight_can_be_tiled(p->workload, op, p->readers);
}

bool fl_price_chain(const fl_pricing *p, uint32_t first, uint32_t length, fl_mapping *maps)
{
    chain_price price = {0};
    uint32_t vector_base = 0, chained = WL_NONE;
    const wl_op *head = &p->workload->ops[first];
    fl_share share = fl_share_of(head, &maps[0], 0, (unsigned)p->machine->cores);
    fl_share all = fl_share_of(head, &maps[0], 0, 1);
    double cores = (double)fl_share_results(head, &maps[0], &all) / fl_share_results(head, &maps[0], &share);
    for (uint32_t i = 0; i < length; i++) {
        const wl_op *op = &p->workload->ops[first + i];
        fl_mapping *map = &maps[i];
        uint32_t output = wl_op_output(op);
        if (i != 0)
            *map = (fl_mapping){
                .items = 1, .rows = maps[0].items * maps[0].rows, .columns = op->columns, .depth = 1};
        map->chain = i == 0 ? length : 0;
        map->stored = p->readers[output] != (i + 1 < length ? 1u : 0u) || p->readers[output] == 0;
        map->weight_in_tiles = p->machine->weight_layout == FL_WEIGHTS_IN_TILES && op->kind == WL_GEMM &&
                               fl_weight_can_be_tiled(p->workload, op, p->readers);
        map->multicast = p->machine->cores > 1 && weights_coincide(p, op, map);
        bool fits = op->kind == WL_GEMM ? place_gemm(p, op, &vector_base, map)
                                        : place_vector(p, op, chained, &vector_base, map);
        if (!fits) return false;
        wl_op part = part_of(op, head, &maps[0], &share);
        if (op->kind == WL_GEMM)
            price_gemm(p, op, &part, cores, map, &price);
        else
            price_vector(p, &part, cores, chained, map, &price);
        if (i != 0) price.vector += chain_wait(&p->workload->ops[first + i - 1], part.rows, map->rows);
        chained = output;
    }
    set_price(p, &price, cores > 1, &maps[0]);
    return true;
}
