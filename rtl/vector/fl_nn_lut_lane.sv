// Data path of the NN-LUT unit (Yu et al., DAC 2022): y = slope[i] * x + intercept[i], i = number of breakpoints at or below x, for a
// table of Pieces entries that is held outside. Two stages that advance with enable_i.
module fl_nn_lut_lane #(
  parameter int unsigned Pieces        = 16,
  parameter int unsigned DataBits      = 16,
  parameter int unsigned InterceptBits = 32,
  localparam int unsigned IndexBits    = $clog2(Pieces)
) (
  input  logic                            clk_i,
  input  logic                            enable_i,
  input  logic [Pieces*DataBits-1:0]      breakpoints_i,  // ascending; the lowest is not compared
  input  logic [Pieces*DataBits-1:0]      slopes_i,
  input  logic [Pieces*InterceptBits-1:0] intercepts_i,
  input  logic signed [DataBits-1:0]      data_i,
  output logic [InterceptBits-1:0]        data_o
);

  // 1. Comparators: breakpoints ascend, so the number at or below x is the piece.
  logic [Pieces-1:0]    at_or_below;
  logic [IndexBits-1:0] piece;

  assign at_or_below[0] = 1'b0;
  for (genvar i = 1; i < Pieces; i++) begin : g_compare
    logic signed [DataBits-1:0] breakpoint;
    assign breakpoint     = breakpoints_i[i*DataBits+:DataBits];
    assign at_or_below[i] = data_i >= breakpoint;
  end

  always_comb begin
    piece = '0;
    for (int i = 1; i < Pieces; i++) piece = piece + IndexBits'(at_or_below[i]);
  end

  logic signed [DataBits-1:0]      x_q, slope_q;
  logic signed [InterceptBits-1:0] intercept_q;

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      x_q         <= data_i;
      slope_q     <= slopes_i[piece*DataBits+:DataBits];
      intercept_q <= intercepts_i[piece*InterceptBits+:InterceptBits];
    end
  end

  // 2. Multiply and add, modulo 2^InterceptBits.
  logic signed [InterceptBits-1:0] product, y_q;

  assign product = InterceptBits'(x_q) * InterceptBits'(slope_q);

  always_ff @(posedge clk_i) begin
    if (enable_i) y_q <= product + intercept_q;
  end

  assign data_o = y_q;

  logic unused;
  assign unused = ^breakpoints_i[DataBits-1:0];

endmodule
