#include "memory/engine/cursor.h"

void mem_cursor_start(mem_cursor *c, const mem_block *block, uint32_t burst_bytes)
{
    *c = (mem_cursor){.address = block->address,
                      .row_address = block->address,
                      .plane_address = block->address,
                      .width_bytes = block->width_bytes,
                      .row_stride_bytes = block->row_stride_bytes,
                      .plane_stride_bytes = block->plane_stride_bytes,
                      .rows = block->rows,
                      .planes = block->planes,
                      .burst_bytes = burst_bytes,
                      .write = block->write};
    if (c->rows > 1 && c->row_stride_bytes == c->width_bytes) {
        c->width_bytes *= c->rows;
        c->rows = 1;
    }
    if (c->rows == 1 && c->plane_stride_bytes == c->width_bytes) {
        c->width_bytes *= c->planes;
        c->planes = c->planes > 0 ? 1 : 0;
    }
    c->left_bytes = c->rows > 0 && c->planes > 0 ? c->width_bytes : 0;
}
