#include "sim/machine/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/core_waits.h"
#include "sim/machine/hazards.h"
#include "sim/machine/share.h"
#include "sim/machine/weight_layout.h"

enum {
    SEGMENTS = 32, /* stretches of rows per tensor whose last store is remembered */
    NO_TILE = -1,
};

/* Which tile a slot holds: tensor and coordinates. */
typedef struct tile_id {
    uint32_t tensor, outer, item, row, column;
} tile_id;

/* The slots of one operand and what is in them. */
typedef struct slot_cache {
    uint8_t buffer;
    fl_slots slots;
    struct {
        bool valid;
        tile_id tile;
        uint64_t used; /* generator step of the last use */
        fl_region region;
    } slot[FL_MAX_SLOTS];
} slot_cache;

/* What one operation of a chain holds in the vector buffer. */
typedef struct stage {
    slot_cache parameters, source, source2;
    uint32_t result_turn;
} stage;

typedef struct generator {
    fl_stream stream;
    const fl_machine_config *machine;
    const wl_workload *workload;
    const fl_mapping *mappings;
    unsigned core, cores;
    fl_share share; /* of the current operation */
    fl_core_waits core_waits;
    uint32_t op, last_op;
    bool op_started;
    uint32_t outer, item, row, column, depth; /* start of the current tile */
    fl_hazards hazards;
    uint32_t sequence[FL_QUEUE_COUNT]; /* commands generated per queue */
    slot_cache input, weight;
    stage stages[FL_MAX_CHAIN];
    uint32_t accumulator_turn;
    uint64_t step;
    uint32_t (*stores)[SEGMENTS]; /* per tensor and stretch of rows: last store token + 1 */
    const fl_part *functions[64];
    size_t function_count;
    fl_command *queue; /* generated, not yet taken */
    uint32_t queue_head, queue_count, queue_capacity;
} generator;

static uint32_t minimum(uint32_t a, uint32_t b) { return a < b ? a : b; }
static const wl_op *current(const generator *g) { return &g->workload->ops[g->op]; }
static const fl_mapping *mapping(const generator *g) { return &g->mappings[g->op]; }
static const wl_tensor *tensor(const generator *g, uint32_t t) { return &g->workload->tensors[t]; }

static fl_command *emit(generator *g, fl_queue queue)
{
    if (g->queue_count == g->queue_capacity) {
        g->queue_capacity = g->queue_capacity == 0 ? 64 : 2 * g->queue_capacity;
        g->queue = realloc(g->queue, g->queue_capacity * sizeof *g->queue);
        assert(g->queue != NULL);
    }
    fl_command *command = &g->queue[g->queue_count++];
    memset(command, 0, sizeof *command);
    command->layer = g->op;
    command->core = (uint8_t)g->core;
    command->queue = (uint8_t)queue;
    return command;
}

static uint32_t sequence_of(generator *g, const fl_command *command) { return g->sequence[command->queue]; }
static void close_command(generator *g, const fl_command *command) { g->sequence[command->queue]++; }

/* --- tensors and the stores that wrote them
 * ------------------------------------------------------------------------ */

static unsigned segment(const wl_tensor *t, uint64_t row) { return (unsigned)(row * SEGMENTS / t->rows); }

static void mark_stored(generator *g, uint32_t t, uint64_t row, uint64_t rows, uint32_t sequence)
{
    unsigned last = segment(tensor(g, t), row + rows - 1);
    for (unsigned s = segment(tensor(g, t), row); s <= last; s++) g->stores[t][s] = sequence + 1;
}

static void wait_stored(generator *g, fl_command *command, uint32_t t, fl_box box)
{
    unsigned last = segment(tensor(g, t), box.row_end - 1);
    for (unsigned s = segment(tensor(g, t), box.row); s <= last; s++)
        if (g->stores[t][s] != 0)
            fl_command_wait(command, FL_STORE, g->stores[t][s] - 1, FL_CAUSE_DEPENDENCY);
}

/* --- slots
 * ---------------------------------------------------------------------------------------------------------
 */

static bool same_tile(const tile_id *a, const tile_id *b)
{
    return a->tensor == b->tensor && a->outer == b->outer && a->item == b->item && a->row == b->row &&
           a->column == b->column;
}

static fl_region slot_region(uint8_t buffer, const fl_slots *slots, uint32_t slot)
{
    return (fl_region){.buffer = buffer,
                       .offset_bytes = slots->base_bytes + slot * slots->slot_bytes,
                       .bytes = slots->slot_bytes};
}

/* A new operation keeps what the slots hold when their geometry did not change (query, key and value share
 * their input). */
static void set_geometry(slot_cache *cache, fl_buffer buffer, const fl_slots *slots)
{
    if (cache->buffer == buffer && memcmp(&cache->slots, slots, sizeof *slots) == 0 && slots->slots != 0)
        return;
    memset(cache, 0, sizeof *cache);
    cache->buffer = (uint8_t)buffer;
    cache->slots = *slots;
}

static int find_tile(const slot_cache *cache, const tile_id *tile)
{
    for (uint32_t s = 0; s < cache->slots.slots; s++)
        if (cache->slot[s].valid && same_tile(&cache->slot[s].tile, tile)) return (int)s;
    return NO_TILE;
}

/* The slot to overwrite: an empty one whose banks were read longest ago, else the least recently used. */
static uint32_t choose_slot(const generator *g, const slot_cache *cache)
{
    uint32_t best = 0;
    uint64_t best_key = UINT64_MAX;
    for (uint32_t s = 0; s < cache->slots.slots; s++) {
        fl_region region = slot_region(cache->buffer, &cache->slots, s);
        uint64_t key = cache->slot[s].valid ? (1ull << 40) + cache->slot[s].used
                                            : fl_hazards_last_read(&g->hazards, &region);
        if (key < best_key) best = s, best_key = key;
    }
    return best;
}

/* The block of a view: `items` items from (outer, item), rows x columns codes from (row, column) of each.
 * Items that lie side by side in full width become one wider row, which moves in fewer bursts. */
static void view_block(const generator *g, const wl_view *view, const tile_id *id, uint32_t items,
                       uint32_t rows, uint32_t columns, bool whole_width, fl_dma_command *dma)
{
    const wl_tensor *t = tensor(g, view->tensor);
    unsigned bits = t->format.bits;
    uint64_t row = (uint64_t)id->outer * view->outer_rows + (uint64_t)id->item * view->inner_rows + id->row;
    uint64_t column = (uint64_t)id->item * view->inner_columns + id->column;
    assert(column * bits % 8 == 0);
    uint32_t width = (uint32_t)num_row_bytes(t->format, columns);
    bool merge = items > 1 && view->inner_rows == 0 && whole_width &&
                 (uint64_t)view->inner_columns * bits == 8ull * width;
    dma->block = (mem_block){.address = t->address + row * t->row_stride_bytes + column * bits / 8,
                             .width_bytes = merge ? items * width : width,
                             .rows = rows,
                             .planes = merge ? 1 : items,
                             .row_stride_bytes = t->row_stride_bytes,
                             .plane_stride_bytes = view->inner_rows * t->row_stride_bytes +
                                                   (uint64_t)view->inner_columns * bits / 8};
    dma->region.stride_bytes = dma->block.width_bytes;
    dma->region.item_bytes = merge ? width : rows * width;
    dma->region.bytes = items * rows * width;
}

static void finish_load(generator *g, fl_command *load, slot_cache *cache, uint32_t s, const tile_id *id)
{
    fl_hazards_write(&g->hazards, load, sequence_of(g, load), &load->u.dma.region);
    close_command(g, load);
    cache->slot[s].valid = true;
    cache->slot[s].tile = *id;
    cache->slot[s].used = ++g->step;
    cache->slot[s].region = load->u.dma.region;
}

/* The slot that holds the tile, as its latest use; NO_TILE when none does. */
static int use_tile(generator *g, slot_cache *cache, const tile_id *id)
{
    int found = find_tile(cache, id);
    if (found != NO_TILE) cache->slot[found].used = ++g->step;
    return found;
}

/* Makes sure that the tile is in a slot, loading it when it is not; returns its region. */
static fl_region ensure(generator *g, slot_cache *cache, const wl_view *view, const tile_id *id,
                        uint32_t items, uint32_t rows, uint32_t columns, bool whole_width)
{
    int found = use_tile(g, cache, id);
    if (found != NO_TILE) return cache->slot[found].region;
    uint32_t s = choose_slot(g, cache);
    fl_command *load = emit(g, FL_LOAD);
    fl_dma_command *dma = &load->u.dma;
    view_block(g, view, id, items, rows, columns, whole_width, dma);
    dma->region.buffer = cache->buffer;
    dma->region.offset_bytes = cache->slots.base_bytes + s * cache->slots.slot_bytes;
    if (cache == &g->weight && mapping(g)->weight_in_tiles) {
        dma->block.address = fl_weight_tile_address(tensor(g, view->tensor), id->row, id->column, rows);
        dma->block.row_stride_bytes = dma->block.width_bytes;
    }
    dma->block.multicast = cache == &g->weight && mapping(g)->multicast;
    uint64_t row = (uint64_t)id->outer * view->outer_rows + (uint64_t)id->item * view->inner_rows + id->row,
             column = (uint64_t)id->item * view->inner_columns + id->column;
    fl_box box = {row, row + (uint64_t)(items - 1) * view->inner_rows + rows, column,
                  column + (uint64_t)(items - 1) * view->inner_columns + columns};
    wait_stored(g, load, view->tensor, box);
    finish_load(g, load, cache, s, id);
    if (g->cores > 1) fl_core_waits_add(&g->core_waits, load, g->op, view->tensor, box);
    return dma->region;
}

static fl_region next_turn(fl_buffer buffer, const fl_slots *slots, uint32_t *turn)
{
    fl_region region = slot_region((uint8_t)buffer, slots, *turn % slots->slots);
    ++*turn;
    return region;
}

/* --- matrix products
 * ----------------------------------------------------------------------------------------------- */

typedef struct tile_shape {
    uint32_t items, rows, columns, depth;
} tile_shape;

static tile_shape current_shape(const generator *g)
{
    const fl_share *s = &g->share;
    const fl_mapping *map = mapping(g);
    return (tile_shape){minimum(map->items, s->item.end - g->item), minimum(map->rows, s->row.end - g->row),
                        minimum(map->columns, s->column.end - g->column),
                        minimum(map->depth, current(g)->gemm.k - g->depth)};
}

static fl_region ensure_a(generator *g, tile_shape t)
{
    const wl_gemm *gemm = &current(g)->gemm;
    tile_id id = {gemm->a.tensor, g->outer, g->item, g->row, g->depth};
    return ensure(g, &g->input, &gemm->a, &id, t.items, t.rows, t.depth, t.depth == gemm->k);
}

static fl_region ensure_b(generator *g, tile_shape t, uint32_t column, uint32_t depth)
{
    const wl_gemm *gemm = &current(g)->gemm;
    t.columns = minimum(mapping(g)->columns, gemm->n - column);
    t.depth = minimum(mapping(g)->depth, gemm->k - depth);
    tile_id id = {gemm->b.tensor, g->outer, g->item, gemm->b_k_major ? depth : column,
                  gemm->b_k_major ? column : depth};
    uint32_t rows = gemm->b_k_major ? t.depth : t.columns, columns = gemm->b_k_major ? t.columns : t.depth;
    return ensure(g, &g->weight, &gemm->b, &id, t.items, rows, columns,
                  columns == (gemm->b_k_major ? gemm->n : gemm->k));
}

/* Columns [column, column + columns) of an operation's per-column parameters. */
static fl_region ensure_parameters(generator *g, slot_cache *cache, uint32_t t, uint32_t column,
                                   uint32_t columns)
{
    tile_id id = {t, 0, 0, 0, column};
    int found = use_tile(g, cache, &id);
    if (found != NO_TILE) return cache->slot[found].region;
    uint32_t s = choose_slot(g, cache), width = columns * VEC_COLUMN_BYTES;
    fl_command *load = emit(g, FL_LOAD);
    fl_dma_command *dma = &load->u.dma;
    dma->block = (mem_block){.address = tensor(g, t)->address + (uint64_t)column * VEC_COLUMN_BYTES,
                             .width_bytes = width,
                             .rows = 1,
                             .planes = 1,
                             .row_stride_bytes = width,
                             .plane_stride_bytes = width};
    dma->region = slot_region(cache->buffer, &cache->slots, s);
    dma->region.bytes = dma->region.stride_bytes = dma->region.item_bytes = width;
    finish_load(g, load, cache, s, &id);
    return dma->region;
}

/* Operands that no earlier operation produces are fetched first, so that they do not queue behind one that
 * waits. */
static void prefetch_weights(generator *g)
{
    const wl_gemm *gemm = &current(g)->gemm;
    const fl_mapping *map = mapping(g);
    if (tensor(g, gemm->b.tensor)->producer != WL_NONE) return;
    tile_shape t = current_shape(g);
    uint32_t left = map->weight.slots;
    fl_range columns = g->share.column;
    if (map->order == FL_COLUMNS_OUTER) columns.end = minimum(columns.end, columns.first + map->columns);
    for (uint32_t column = columns.first; column < columns.end && left > 0; column += map->columns)
        for (uint32_t depth = 0; depth < gemm->k && left > 0; depth += map->depth, left--)
            ensure_b(g, t, column, depth);
}

static fl_region emit_product(generator *g, tile_shape t, fl_region a, fl_region b)
{
    const wl_gemm *gemm = &current(g)->gemm;
    if (g->depth == 0) g->accumulator_turn++;
    uint32_t turn = g->accumulator_turn - 1;
    fl_region c = next_turn(FL_ACCUMULATOR, &mapping(g)->accumulator, &turn);
    c.stride_bytes = t.columns * 4;
    c.item_bytes = t.rows * c.stride_bytes;
    c.bytes = t.items * c.item_bytes;
    fl_command *product = emit(g, FL_MATRIX);
    product->u.matrix = (fl_matrix_command){.items = t.items,
                                            .m = t.rows,
                                            .n = t.columns,
                                            .k = t.depth,
                                            .a_format = tensor(g, gemm->a.tensor)->format,
                                            .b_format = tensor(g, gemm->b.tensor)->format,
                                            .b_k_major = gemm->b_k_major,
                                            .accumulate = g->depth != 0,
                                            .a = a,
                                            .b = b,
                                            .c = c};
    uint32_t sequence = sequence_of(g, product);
    fl_hazards_read(&g->hazards, product, sequence, &a);
    fl_hazards_read(&g->hazards, product, sequence, &b);
    fl_hazards_write(&g->hazards, product, sequence, &c);
    close_command(g, product);
    return c;
}

static uint16_t function_index(const generator *g, const char *name)
{
    for (size_t i = 0; i < g->function_count; i++)
        if (strcmp(g->functions[i]->name, name) == 0) return (uint16_t)i;
    assert(!"mapped operations name registered functions");
    return 0;
}

static void finish_vector(generator *g, fl_command *command)
{
    fl_vector_command *v = &command->u.vector;
    uint32_t sequence = sequence_of(g, command);
    fl_hazards_read(&g->hazards, command, sequence, &v->in);
    if (v->inputs == 2) fl_hazards_read(&g->hazards, command, sequence, &v->in2);
    if (v->has_columns) fl_hazards_read(&g->hazards, command, sequence, &v->column_params);
    fl_hazards_write(&g->hazards, command, sequence, &v->out);
    close_command(g, command);
}

static void emit_store(generator *g, uint32_t op, fl_dma_command dma, uint32_t t, uint64_t row, uint64_t rows)
{
    fl_command *store = emit(g, FL_STORE);
    store->layer = op;
    dma.block.write = true;
    store->u.dma = dma;
    uint32_t sequence = sequence_of(g, store);
    fl_hazards_read(&g->hazards, store, sequence, &dma.region);
    close_command(g, store);
    mark_stored(g, t, row, rows, sequence);
}

/* The epilogue turns the tile's sums into output codes. Items that lie side by side in the output get a
 * command each, so that their rows interleave in the buffer and leave as full-width rows. Returns where the
 * codes are. */
static fl_region emit_epilogue(generator *g, tile_shape t, fl_region sums, fl_region parameters)
{
    const wl_op *op = current(g);
    const wl_gemm *gemm = &op->gemm;
    tile_id id = {gemm->out.tensor, g->outer, g->item, g->row, g->column};
    fl_dma_command dma = {0};
    view_block(g, &gemm->out, &id, t.items, t.rows, t.columns, t.columns == gemm->n, &dma);
    fl_region result = next_turn(FL_VECTOR_BUFFER, &mapping(g)->result, &g->stages[0].result_turn);
    dma.region.buffer = result.buffer;
    dma.region.offset_bytes = result.offset_bytes;
    bool interleaved = dma.block.planes != t.items;
    uint32_t commands = interleaved ? t.items : 1;
    for (uint32_t i = 0; i < commands; i++) {
        fl_command *epilogue = emit(g, FL_VECTOR);
        fl_vector_command *v = &epilogue->u.vector;
        *v = (fl_vector_command){.function = function_index(g, op->function),
                                 .inputs = 1,
                                 .has_columns = op->column_params != WL_NONE,
                                 .rows = interleaved ? t.rows : t.items * t.rows,
                                 .columns = t.columns,
                                 .in_format = {NUM_INT, 32, true},
                                 .out_format = tensor(g, gemm->out.tensor)->format,
                                 .immediates = op->immediates,
                                 .in = sums,
                                 .column_params = parameters,
                                 .out = dma.region};
        v->in2_format = v->in_format;
        if (interleaved) {
            v->in.offset_bytes += i * sums.item_bytes;
            v->in.bytes = sums.item_bytes;
            v->out.offset_bytes += i * dma.region.item_bytes;
            v->out.bytes = dma.region.bytes - i * dma.region.item_bytes;
        }
        finish_vector(g, epilogue);
    }
    uint64_t row =
        (uint64_t)g->outer * gemm->out.outer_rows + (uint64_t)g->item * gemm->out.inner_rows + g->row;
    if (mapping(g)->stored)
        emit_store(g, g->op, dma, gemm->out.tensor, row,
                   (uint64_t)(t.items - 1) * gemm->out.inner_rows + t.rows);
    return dma.region;
}

/* --- vector operations, alone or in a chain
 * ---------------------------------------------------------------------------- */

static fl_region ensure_rows(generator *g, slot_cache *cache, uint32_t t, uint32_t row, uint32_t rows)
{
    wl_view view = {.tensor = t};
    tile_id id = {t, 0, 0, row, 0};
    return ensure(g, cache, &view, &id, 1, rows, tensor(g, t)->columns, true);
}

/* Rows [row, row + rows) of the chain's operation number `position`. `chained` is the tensor that the
 * operation before has left in `made`, WL_NONE at the head. Returns where the result is. */
static fl_region emit_vector_op(generator *g, uint32_t position, uint32_t chained, fl_region made,
                                uint32_t row, uint32_t rows)
{
    uint32_t index = g->op + position;
    const wl_op *op = &g->workload->ops[index];
    const fl_mapping *map = &g->mappings[index];
    stage *own = &g->stages[position];
    fl_region parameters = {0}, first = made, second = made;
    if (op->column_params != WL_NONE)
        parameters = ensure_parameters(g, &own->parameters, op->column_params, 0, op->columns);
    if (op->in != chained) first = ensure_rows(g, &own->source, op->in, row, rows);
    if (op->in2 != WL_NONE && op->in2 != chained) second = ensure_rows(g, &own->source2, op->in2, row, rows);
    wl_view view = {.tensor = op->out};
    tile_id id = {op->out, 0, 0, row, 0};
    fl_dma_command dma = {0};
    view_block(g, &view, &id, 1, rows, op->columns, true, &dma);
    fl_region result = next_turn(FL_VECTOR_BUFFER, &map->result, &own->result_turn);
    dma.region.buffer = result.buffer;
    dma.region.offset_bytes = result.offset_bytes;
    fl_command *command = emit(g, FL_VECTOR);
    command->layer = index;
    command->u.vector =
        (fl_vector_command){.function = function_index(g, op->function),
                            .inputs = op->in2 == WL_NONE ? 1 : 2,
                            .has_columns = op->column_params != WL_NONE,
                            .rows = rows,
                            .columns = op->columns,
                            .prefix = op->causal ? row % op->columns + 1 : 0,
                            .in_format = tensor(g, op->in)->format,
                            .in2_format = tensor(g, op->in2 == WL_NONE ? op->in : op->in2)->format,
                            .out_format = tensor(g, op->out)->format,
                            .immediates = op->immediates,
                            .in = first,
                            .in2 = second,
                            .column_params = parameters,
                            .out = dma.region};
    finish_vector(g, command);
    if (map->stored) emit_store(g, index, dma, op->out, row, rows);
    return dma.region;
}

/* The rest of the chain on rows that its operation number `done` has left in `made`. */
static void emit_chain(generator *g, uint32_t done, fl_region made, uint32_t row, uint32_t rows)
{
    for (uint32_t position = done + 1; position < mapping(g)->chain; position++) {
        const wl_op *before = &g->workload->ops[g->op + position - 1];
        uint32_t chained = wl_op_output(before);
        made = emit_vector_op(g, position, chained, made, row, rows);
    }
}

static void start_stages(generator *g)
{
    memset(g->stages, 0, sizeof g->stages);
    for (uint32_t position = 0; position < mapping(g)->chain; position++) {
        const fl_mapping *map = &g->mappings[g->op + position];
        set_geometry(&g->stages[position].parameters, FL_VECTOR_BUFFER, &map->parameters);
        set_geometry(&g->stages[position].source, FL_VECTOR_BUFFER, &map->source);
        set_geometry(&g->stages[position].source2, FL_VECTOR_BUFFER, &map->source2);
    }
}

/* Steps one index by its tile; true when it wrapped to its first value and the next outer one has to step. */
static bool advance(uint32_t *index, uint32_t tile, fl_range range)
{
    *index += tile;
    if (*index < range.end) return false;
    *index = range.first;
    return true;
}

static bool step_vector(generator *g)
{
    uint32_t rows = minimum(mapping(g)->rows, g->share.row.end - g->row);
    fl_region made = emit_vector_op(g, 0, WL_NONE, (fl_region){0}, g->row, rows);
    emit_chain(g, 0, made, g->row, rows);
    return !advance(&g->row, mapping(g)->rows, g->share.row);
}

/* --- matrix products, tile by tile
 * ------------------------------------------------------------------------------------- */

static void start_gemm(generator *g)
{
    const fl_mapping *map = mapping(g);
    set_geometry(&g->input, FL_INPUT, &map->input);
    set_geometry(&g->weight, FL_WEIGHT, &map->weight);
    g->outer = g->share.outer.first;
    g->item = g->share.item.first;
    g->column = g->share.column.first;
    g->depth = 0;
    prefetch_weights(g);
}

/* Steps depth, then the inner and outer tile loop, then items; false when the operation is through. */
static bool advance_gemm(generator *g)
{
    const fl_share *s = &g->share;
    const fl_mapping *map = mapping(g);
    if (!advance(&g->depth, map->depth, (fl_range){0, current(g)->gemm.k})) return true;
    bool rows_outer = map->order == FL_ROWS_OUTER;
    bool wrapped =
        rows_outer ? advance(&g->column, map->columns, s->column) : advance(&g->row, map->rows, s->row);
    if (!wrapped) return true;
    wrapped = rows_outer ? advance(&g->row, map->rows, s->row) : advance(&g->column, map->columns, s->column);
    if (!wrapped) return true;
    if (!advance(&g->item, map->items, s->item)) return true;
    return !advance(&g->outer, 1, s->outer);
}

static bool step_gemm(generator *g)
{
    const wl_op *op = current(g);
    tile_shape t = current_shape(g);
    fl_region b = ensure_b(g, t, g->column, g->depth);
    fl_region parameters = {0};
    bool last = g->depth + t.depth == op->gemm.k;
    if (last && op->column_params != WL_NONE)
        parameters = ensure_parameters(g, &g->stages[0].parameters, op->column_params, g->column, t.columns);
    fl_region a = ensure_a(g, t);
    fl_region sums = emit_product(g, t, a, b);
    if (last) {
        fl_region made = emit_epilogue(g, t, sums, parameters);
        uint32_t row = g->outer * op->gemm.out.outer_rows + g->item * op->gemm.out.inner_rows + g->row;
        emit_chain(g, 0, made, row, t.items * t.rows);
    }
    return advance_gemm(g);
}

/* --- the stream
 * ------------------------------------------------------------------------------------------------------ */

static void refill(generator *g)
{
    g->queue_head = g->queue_count = 0;
    while (g->queue_count == 0 && g->op < g->last_op) {
        bool gemm = current(g)->kind == WL_GEMM;
        if (!g->op_started) {
            g->share = fl_share_of(current(g), mapping(g), g->core, g->cores);
            if (fl_share_is_empty(&g->share)) {
                g->op += mapping(g)->chain;
                continue;
            }
            g->row = g->share.row.first;
            start_stages(g);
            if (gemm) start_gemm(g);
            g->op_started = true;
        }
        bool more = gemm ? step_gemm(g) : step_vector(g);
        if (!more) g->op += mapping(g)->chain, g->op_started = false;
    }
}

static bool generator_next(fl_stream *stream, fl_command *command)
{
    generator *g = (generator *)stream;
    if (g->queue_head == g->queue_count) refill(g);
    if (g->queue_head == g->queue_count) return false;
    *command = g->queue[g->queue_head++];
    return true;
}

static void generator_free(fl_stream *stream)
{
    generator *g = (generator *)stream;
    if (stream->next_core != NULL) stream->next_core->free(stream->next_core);
    free(g->queue);
    free(g->stores);
    fl_core_waits_free(&g->core_waits);
    free(g);
}

static generator *generator_new(const generator *prototype, unsigned core)
{
    generator *g = malloc(sizeof *g);
    assert(g != NULL);
    *g = *prototype;
    g->core = core;
    g->stores = calloc(g->workload->tensor_count, sizeof *g->stores);
    assert(g->stores != NULL);
    fl_core_waits_init(&g->core_waits, g->workload, g->mappings, g->cores, g->op, g->last_op);
    return g;
}

fl_stream *fl_stream_new(const fl_machine_config *machine, const wl_workload *workload,
                         const fl_mapping *mappings, uint32_t first_op, uint32_t last_op)
{
    generator prototype = {.stream = {.next = generator_next, .free = generator_free},
                           .machine = machine,
                           .workload = workload,
                           .mappings = mappings,
                           .cores = (unsigned)machine->cores,
                           .op = first_op,
                           .last_op = last_op};
    prototype.function_count = fl_registry_list("vector_function", prototype.functions,
                                                sizeof prototype.functions / sizeof *prototype.functions);
    fl_hazards_init(&prototype.hazards, machine);
    for (unsigned core = prototype.cores; core > 0; core--)
        prototype.stream.next_core = &generator_new(&prototype, core - 1)->stream;
    return prototype.stream.next_core;
}
