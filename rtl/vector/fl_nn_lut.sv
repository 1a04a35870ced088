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

  fl_nn_lut_lane #(.Pieces(Pieces), .DataBits(DataBits), .InterceptBits(InterceptBits)) u_lane (
    .clk_i, .enable_i(enable), .breakpoints_i(breakpoints_q), .slopes_i(slopes_q), .intercepts_i(intercepts_q), .data_i, .data_o
  );

  `FL_ASSERT(TableStaysWhileInUse, !write_i || (!valid_i && valid_q == 2'b00))

endmodule
