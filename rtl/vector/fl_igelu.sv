// i-GELU: GELU by a second-order polynomial for erf on integers (docs/rtl/fl_igelu.md; I-BERT, ICML 2021). 16-bit inputs of scale
// 2^-12; the constants are those of num_igelu_q12. The result has a scale of its own and goes to a requantiser.
// Three stages that move together: latency 3, one element per cycle while ready_i holds. ready_o depends on ready_i.
`include "fl_assert.svh"

module fl_igelu (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               valid_i,
  output logic               ready_o,
  input  logic signed [15:0] data_i,
  output logic               valid_o,
  input  logic               ready_i,
  output logic [31:0]        data_o
);

  // floor(-1.769 / s), floor(1 / (-0.2888 s^2)), floor(1 / (-0.2888 s^2 2^14)) for s = 2^-12 / 1.4142.
  localparam logic signed [31:0] B   = -32'sd10248;
  localparam logic signed [31:0] C   = -32'sd116183478;
  localparam logic signed [31:0] ONE = -32'sd7092;

  logic       enable;
  logic [2:0] valid_q;

  assign enable  = ~valid_q[2] | ready_i;
  assign ready_o = enable;
  assign valid_o = valid_q[2];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else if (enable) valid_q <= {valid_q[1:0], valid_i};
  end

  // 1. Clip the magnitude; it lies in -10248 .. 0 after B is added.
  logic signed [31:0] x, magnitude;
  logic signed [14:0] clipped, t_q;
  logic signed [15:0] x1_q, x2_q;

  assign x         = 32'(data_i);
  assign magnitude = x < 0 ? -x : x;
  assign clipped   = magnitude < -B ? 15'(magnitude + B) : '0;

  // 2. Polynomial with the sign of x, and erf.
  logic signed [31:0] t, polynomial, with_sign;
  logic signed [17:0] erf_q;

  assign t          = 32'(t_q);
  assign polynomial = t * t + C;
  assign with_sign  = x1_q == 0 ? '0 : x1_q < 0 ? -polynomial : polynomial;

  // 3. x (erf + 1), negated so that the scale is positive.
  logic signed [31:0] y_q;

  always_ff @(posedge clk_i) begin
    if (enable) begin
      x1_q  <= data_i;
      t_q   <= clipped;
      x2_q  <= x1_q;
      erf_q <= 18'(with_sign >>> 14);
      y_q   <= -(32'(x2_q) * (32'(erf_q) + ONE));
    end
  end

  assign data_o = y_q;

endmodule
