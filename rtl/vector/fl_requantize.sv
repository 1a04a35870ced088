// Fixed-point requantiser: OutBits-bit saturation of x * multiplier * 2^(shift - 31) with the double rounding of gemmlowp
// (docs/rtl/fl_requantize.md). Three stages that move together: latency 3, one element per cycle while ready_i holds.
// ready_o depends combinationally on ready_i; valid_o and data_o are registered.
`include "fl_assert.svh"

module fl_requantize #(
  parameter int unsigned OutBits = 8
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      valid_i,
  output logic                      ready_o,
  input  logic [31:0]               data_i,
  input  logic [31:0]               multiplier_i,  // 0 or 2^30 .. 2^31 - 1
  input  logic [5:0]                shift_i,       // -31 .. 30, positive to the left
  output logic                      valid_o,
  input  logic                      ready_i,
  output logic signed [OutBits-1:0] data_o
);

  `FL_CHECK_PARAMETER(OutputIsNoWiderThanASum, OutBits >= 2 && OutBits <= 32)

  logic       enable;
  logic [2:0] valid_q;

  assign enable  = ~valid_q[2] | ready_i;
  assign ready_o = enable;
  assign valid_o = valid_q[2];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else if (enable) valid_q <= {valid_q[1:0], valid_i};
  end

  // 1. Shift left, saturating.
  logic        [4:0]  left;
  logic signed [63:0] moved;
  logic signed [31:0] moved_sat, shifted_q, multiplier_q;
  logic        [4:0]  right, right1_q, right2_q;

  assign left      = shift_i[5] ? 5'd0 : shift_i[4:0];
  assign right     = shift_i[5] ? 5'(-shift_i) : 5'd0;
  assign moved     = 64'(signed'(data_i)) <<< left;
  assign moved_sat = moved[63:31] == {33{moved[63]}} ? moved[31:0] : {moved[63], {31{~moved[63]}}};

  always_ff @(posedge clk_i) begin
    if (enable) begin
      shifted_q    <= moved_sat;
      multiplier_q <= multiplier_i;
      right1_q     <= right;
    end
  end

  // 2. High half of the doubled product, rounded.
  logic signed [63:0] product;
  logic signed [31:0] high_q;

  assign product = 64'(shifted_q) * 64'(multiplier_q) + 64'sh4000_0000;

  always_ff @(posedge clk_i) begin
    if (enable) begin
      high_q   <= product[62:31];
      right2_q <= right1_q;
    end
  end

  // 3. Shift right, rounding to nearest with ties away from zero; saturate.
  logic        [31:0]      mask, remainder;
  logic signed [31:0]      quotient, rounded;
  logic signed [OutBits-1:0] out_d, out_q;

  assign mask      = (32'd1 << right2_q) - 32'd1;
  assign remainder = high_q & mask;
  assign quotient  = high_q >>> right2_q;
  assign rounded   = quotient + {31'd0, remainder > ((mask >> 1) + {31'd0, high_q[31]})};

  if (OutBits == 32) begin : g_full
    assign out_d = rounded;
  end else begin : g_saturate
    assign out_d = rounded[31:OutBits-1] == {(33 - OutBits){rounded[31]}} ?
                   rounded[OutBits-1:0] : {rounded[31], {(OutBits - 1){~rounded[31]}}};
  end

  always_ff @(posedge clk_i) begin
    if (enable) out_q <= out_d;
  end

  assign data_o = out_q;

  // The multiplier is never negative, so the product's top bits are copies of its sign.
  logic unused;
  assign unused = ^{product[63], product[30:0]};

  `FL_ASSERT(MultiplierIsNotNegative, !valid_i || !multiplier_i[31])
  `FL_ASSERT(OutputStaysWhileStalled, !(valid_o && !ready_i) || !enable)

endmodule
