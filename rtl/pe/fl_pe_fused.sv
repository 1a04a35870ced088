// Four TypeFusion PEs, two rows by two columns, that fuse into one 8-bit PE (docs/rtl/fl_pe_fused.md; ANT, MICRO 2022). With 4-bit
// operands there are two of each and four sums. An 8-bit operand takes both rows (a) or both columns (b) as two slices, and the sums of
// the pair are added: two sums when one operand is 8 bits wide, one when both are. Three stages: decoders, products, fusion.
module fl_pe_fused (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  fl_pkg::format_t a_format_i,  // formats: stable from a dot product's first step until its sum has left
  input  fl_pkg::format_t b_format_i,
  input  logic            valid_i,
  input  logic            first_i,     // starts new sums
  input  logic [15:0]     a_i,         // codes of row 0 (low byte) and row 1; an 8-bit one in the low byte
  input  logic [15:0]     b_i,         // codes of column 0 and column 1
  output logic            valid_o,
  output logic [127:0]    sums_o       // of (row, column) (0, 0), (0, 1), (1, 0), (1, 1); those fused away are 0
);

  localparam int unsigned OPERAND_BITS = 9;
  localparam int unsigned SUM_BITS     = fl_pkg::SUM_BITS;

  logic [2*OPERAND_BITS-1:0] a, b, a_q, b_q;
  logic [2:0]                valid_q;
  logic                      first_q;
  logic [4*SUM_BITS-1:0]     sums_q, fused_rows, fused, fused_q;

  // 1. Decoders at the edges: a code per row and column, or the two slices of one; 0 while nothing is valid.
  for (genvar i = 0; i < 2; i++) begin : g_edge
    fl_decode_ant4 u_a (
      .format_i(a_format_i), .code_i(a_format_i.wide ? a_i[7:0] : a_i[i*8+:8]), .slice_i(i == 1), .used_i(valid_i),
      .base_o(a[i*OPERAND_BITS+4+:5]), .shift_o(a[i*OPERAND_BITS+:4])
    );
    fl_decode_ant4 u_b (
      .format_i(b_format_i), .code_i(b_format_i.wide ? b_i[7:0] : b_i[i*8+:8]), .slice_i(i == 1), .used_i(valid_i),
      .base_o(b[i*OPERAND_BITS+4+:5]), .shift_o(b[i*OPERAND_BITS+:4])
    );
  end

  // 2. Four PEs.
  for (genvar i = 0; i < 2; i++) begin : g_row
    for (genvar j = 0; j < 2; j++) begin : g_column
      logic [SUM_BITS-1:0] sum;
      fl_mac #(.BaseBits(5), .ShiftBits(4)) u_mac (
        .a_i(a_q[i*OPERAND_BITS+:OPERAND_BITS]), .b_i(b_q[j*OPERAND_BITS+:OPERAND_BITS]),
        .sum_i(first_q ? '0 : sums_q[(2*i+j)*SUM_BITS+:SUM_BITS]), .sum_o(sum)
      );
      always_ff @(posedge clk_i) begin
        if (valid_q[0]) sums_q[(2*i+j)*SUM_BITS+:SUM_BITS] <= sum;
      end
    end
  end

  // 3. Rows are added for an 8-bit a, columns for an 8-bit b.
  for (genvar j = 0; j < 2; j++) begin : g_fuse_rows
    logic [SUM_BITS-1:0] top, bottom;
    assign top    = sums_q[j*SUM_BITS+:SUM_BITS];
    assign bottom = sums_q[(2+j)*SUM_BITS+:SUM_BITS];
    assign fused_rows[j*SUM_BITS+:SUM_BITS]     = a_format_i.wide ? top + bottom : top;
    assign fused_rows[(2+j)*SUM_BITS+:SUM_BITS] = a_format_i.wide ? '0 : bottom;
  end
  for (genvar i = 0; i < 2; i++) begin : g_fuse_columns
    logic [SUM_BITS-1:0] left, right;
    assign left  = fused_rows[2*i*SUM_BITS+:SUM_BITS];
    assign right = fused_rows[(2*i+1)*SUM_BITS+:SUM_BITS];
    assign fused[2*i*SUM_BITS+:SUM_BITS]     = b_format_i.wide ? left + right : left;
    assign fused[(2*i+1)*SUM_BITS+:SUM_BITS] = b_format_i.wide ? '0 : right;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[1:0], valid_i};
  end

  always_ff @(posedge clk_i) begin
    a_q     <= a;
    b_q     <= b;
    first_q <= first_i;
    fused_q <= fused;
  end

  assign valid_o = valid_q[2];
  assign sums_o  = fused_q;

endmodule
