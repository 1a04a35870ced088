// Weight-stationary systolic array of Rows x Columns PEs (docs/rtl/fl_array_ws.md; timing: docs/contracts/matrix.md).
// The sequencer drives all rows, and all columns, in the same cycle; skew registers behind the boundary decoders delay row
// i by i cycles and column j by j. Chain = 1: preload overlapped. No path from an input to an output is combinational.
`include "fl_assert.svh"

module fl_array_ws #(
  parameter int unsigned Pe      = fl_pkg::PE_ANT4,
  parameter int unsigned Rows    = 4,
  parameter int unsigned Columns = 4,
  parameter int unsigned Chain   = 1
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  // One step of a fold: a code per row.
  input  logic                                 a_valid_i,
  input  logic                                 a_first_i,
  input  fl_pkg::format_t                      a_format_i,
  input  logic [Rows*fl_pkg::CODE_BITS-1:0]    a_code_i,
  input  logic [Rows-1:0]                      a_slice_i,
  input  logic [Rows-1:0]                      a_used_i,
  // One row of weights, the bottom row's first; the generation alternates from preload to preload.
  input  logic                                 b_valid_i,
  input  logic                                 b_generation_i,
  input  fl_pkg::format_t                      b_format_i,
  input  logic [Columns*fl_pkg::CODE_BITS-1:0] b_code_i,
  input  logic [Columns-1:0]                   b_slice_i,
  input  logic [Columns-1:0]                   b_used_i,
  // Sums of the bottom row's registers, the write port of the accumulator buffer.
  output logic [Columns-1:0]                   c_valid_o,
  output logic [Columns*fl_pkg::SUM_BITS-1:0]  c_sum_o
);

  localparam int unsigned BaseBits    = Pe == fl_pkg::PE_INT8 ? 9 : 5;
  localparam int unsigned ShiftBits   = Pe == fl_pkg::PE_INT8 ? 0 : Pe == fl_pkg::PE_INT4 ? 3 : 4;
  localparam int unsigned OperandBits = BaseBits + ShiftBits;

  `FL_CHECK_PARAMETER(ArrayHasAPe, Rows > 0 && Columns > 0)

  // West of PE(i,j): index i * (Columns + 1) + j. North of PE(i,j): i * Columns + j.
  logic [Rows*(Columns+1)-1:0]                  a_valid, a_first;
  logic [Rows*(Columns+1)*OperandBits-1:0]      a;
  logic [Columns-1:0]                           load;
  logic [(Rows+1)*Columns-1:0]                  generation, sum_valid;
  logic [(Rows+1)*Columns*OperandBits-1:0]      b;
  logic [(Rows+1)*Columns*fl_pkg::SUM_BITS-1:0] sum;

  for (genvar i = 0; i < Rows; i++) begin : g_row
    localparam int unsigned West = i * (Columns + 1);
    logic [OperandBits-1:0] operand;
    fl_boundary_decoder #(.Pe(Pe)) u_decoder (
      .format_i (a_format_i),
      .code_i   (a_code_i[i*fl_pkg::CODE_BITS+:fl_pkg::CODE_BITS]),
      .slice_i  (a_slice_i[i]),
      .used_i   (a_used_i[i]),
      .operand_o(operand)
    );
    fl_delay #(.Width(OperandBits), .Depth(i)) u_skew (
      .clk_i, .rst_ni, .data_i(operand), .data_o(a[West*OperandBits+:OperandBits])
    );
    fl_delay #(.Width(2), .Depth(i), .Reset(1'b1)) u_skew_flags (
      .clk_i, .rst_ni, .data_i({a_valid_i, a_first_i}), .data_o({a_valid[West], a_first[West]})
    );
  end

  for (genvar j = 0; j < Columns; j++) begin : g_column
    logic [OperandBits-1:0] operand;
    fl_boundary_decoder #(.Pe(Pe)) u_decoder (
      .format_i (b_format_i),
      .code_i   (b_code_i[j*fl_pkg::CODE_BITS+:fl_pkg::CODE_BITS]),
      .slice_i  (b_slice_i[j]),
      .used_i   (b_used_i[j]),
      .operand_o(operand)
    );
    fl_delay #(.Width(OperandBits), .Depth(j)) u_skew (
      .clk_i, .rst_ni, .data_i(operand), .data_o(b[j*OperandBits+:OperandBits])
    );
    fl_delay #(.Width(2), .Depth(j), .Reset(1'b1)) u_skew_flags (
      .clk_i, .rst_ni, .data_i({b_valid_i, b_generation_i}), .data_o({load[j], generation[j]})
    );
    assign sum_valid[j] = 1'b0;
    assign sum[j*fl_pkg::SUM_BITS+:fl_pkg::SUM_BITS] = '0;

    localparam int unsigned Bottom = Rows * Columns + j;
    assign c_valid_o[j] = sum_valid[Bottom];
    assign c_sum_o[j*fl_pkg::SUM_BITS+:fl_pkg::SUM_BITS] = sum[Bottom*fl_pkg::SUM_BITS+:fl_pkg::SUM_BITS];
  end

  for (genvar i = 0; i < Rows; i++) begin : g_pe_row
    for (genvar j = 0; j < Columns; j++) begin : g_pe
      localparam int unsigned West  = i * (Columns + 1) + j;
      localparam int unsigned North = i * Columns + j;
      localparam int unsigned South = North + Columns;
      fl_pe_ws #(.BaseBits(BaseBits), .ShiftBits(ShiftBits), .Chain(Chain != 0), .TopRow(i == 0)) u_pe (
        .clk_i,
        .rst_ni,
        .a_valid_i        (a_valid[West]),
        .a_first_i        (a_first[West]),
        .a_i              (a[West*OperandBits+:OperandBits]),
        .a_valid_o        (a_valid[West+1]),
        .a_first_o        (a_first[West+1]),
        .a_o              (a[(West+1)*OperandBits+:OperandBits]),
        .load_i           (load[j]),
        .load_generation_i(generation[j]),
        .generation_i     (generation[North]),
        .b_i              (b[North*OperandBits+:OperandBits]),
        .generation_o     (generation[South]),
        .b_o              (b[South*OperandBits+:OperandBits]),
        .sum_valid_i      (sum_valid[North]),
        .sum_i            (sum[North*fl_pkg::SUM_BITS+:fl_pkg::SUM_BITS]),
        .sum_valid_o      (sum_valid[South]),
        .sum_o            (sum[South*fl_pkg::SUM_BITS+:fl_pkg::SUM_BITS])
      );
    end
  end

  // The right and bottom edges lead nowhere.
  logic unused;
  assign unused = ^{a, a_valid, a_first, b, generation};

endmodule
