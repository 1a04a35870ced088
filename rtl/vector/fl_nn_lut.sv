// NN-LUT unit: a piecewise-linear function of Pieces segments, y = slope[i] * x + intercept[i], i = number of breakpoints at or
// below x (docs/rtl/fl_nn_lut.md; Yu et al., DAC 2022). The table is written through a port, one entry per cycle.
// Two stages that move together: latency 2, one element per cycle while ready_i holds. ready_o depends on ready_i.
`include "fl_assert.svh"

module fl_nn_lut #(
  parameter int unsigned Pieces        = 16,
  parameter int unsigned DataBits      = 16,
  parameter int unsigned InterceptBits = 32,
  localparam int unsigned IndexBits    = $clog2(Pieces)
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  // Entry i: the breakpoint below piece i (none for piece 0), its slope and intercept.
  input  logic                            write_i,
  input  logic [IndexBits-1:0]            index_i,
  input  logic signed [DataBits-1:0]      breakpoint_i,
  input  logic signed [DataBits-1:0]      slope_i,
  input  logic signed [InterceptBits-1:0] intercept_i,
  input  logic                            valid_i,
  output logic                            ready_o,
  input  logic signed [DataBits-1:0]      data_i,
  output logic                            valid_o,
  input  logic                            ready_i,
  output logic [InterceptBits-1:0]        data_o
);

  `FL_CHECK_PARAMETER(PiecesAreAPowerOfTwo, Pieces >= 2 && (Pieces & (Pieces - 1)) == 0)

  logic [Pieces*DataBits-1:0]      breakpoints_q, slopes_q;
  logic [Pieces*InterceptBits-1:0] intercepts_q;

  always_ff @(posedge clk_i) begin
    if (write_i) begin
      breakpoints_q[index_i*DataBits+:DataBits]          <= breakpoint_i;
      slopes_q[index_i*DataBits+:DataBits]               <= slope_i;
      intercepts_q[index_i*InterceptBits+:InterceptBits] <= intercept_i;
    end
  end

  logic       enable;
  logic [1:0] valid_q;

  assign enable  = ~valid_q[1] | ready_i;
  assign ready_o = enable;
  assign valid_o = valid_q[1];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else if (enable) valid_q <= {valid_q[0], valid_i};
  end

  // 1. Comparators: breakpoints ascend, so the number at or below x is the piece.
  logic [Pieces-1:0]    at_or_below;
  logic [IndexBits-1:0] piece;

  assign at_or_below[0] = 1'b0;
  for (genvar i = 1; i < Pieces; i++) begin : g_compare
    logic signed [DataBits-1:0] breakpoint;
    assign breakpoint     = breakpoints_q[i*DataBits+:DataBits];
    assign at_or_below[i] = data_i >= breakpoint;
  end

  always_comb begin
    piece = '0;
    for (int i = 1; i < Pieces; i++) piece = piece + IndexBits'(at_or_below[i]);
  end

  logic signed [DataBits-1:0]      x_q, slope_q;
  logic signed [InterceptBits-1:0] intercept_q;

  always_ff @(posedge clk_i) begin
    if (enable) begin
      x_q         <= data_i;
      slope_q     <= slopes_q[piece*DataBits+:DataBits];
      intercept_q <= intercepts_q[piece*InterceptBits+:InterceptBits];
    end
  end

  // 2. Multiply and add.
  logic signed [2*DataBits-1:0]    product;
  logic signed [InterceptBits-1:0] y_q;

  assign product = x_q * slope_q;

  always_ff @(posedge clk_i) begin
    if (enable) y_q <= InterceptBits'(product) + intercept_q;
  end

  assign data_o = y_q;

  // Breakpoint 0 is not compared.
  logic unused;
  assign unused = ^breakpoints_q[DataBits-1:0];

  `FL_ASSERT(TableStaysWhileInUse, !write_i || (!valid_i && valid_q == 2'b00))

endmodule
