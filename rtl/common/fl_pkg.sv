// Constants and types that several blocks share.
package fl_pkg;

  // Partial sums are 32 bits wide and wrap modulo 2^32 (docs/contracts/pe.md).
  localparam int unsigned SUM_BITS = 32;

  // What a boundary takes per row or column: the packed code, widened to 8 bits.
  localparam int unsigned CODE_BITS = 8;

  // PE types, the values of every parameter Pe.
  localparam int unsigned PE_ANT4 = 0;
  localparam int unsigned PE_INT4 = 1;
  localparam int unsigned PE_INT8 = 2;

  // Number formats as pe/num/format.h has them.
  typedef enum logic [1:0] {
    KIND_INT   = 2'd0,
    KIND_FLINT = 2'd1,
    KIND_POT   = 2'd2
  } kind_t;

  typedef struct packed {
    logic       wide;       // 8 bits instead of 4, integers only
    logic       is_signed;
    logic [1:0] kind;       // kind_t
  } format_t;

  // Passes over a row that is kept in fl_row.
  typedef enum logic [1:0] {
    ROW_LOAD   = 2'd0,
    ROW_REDUCE = 2'd1,
    ROW_SCALAR = 2'd2,
    ROW_EMIT   = 2'd3
  } row_phase_t;

endpackage
