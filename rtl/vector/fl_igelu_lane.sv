// Data path of I-BERT's i-GELU (Kim et al., ICML 2021): GELU by a second-order polynomial for erf on integers. Three stages that
// advance with enable_i. Constants of the input's scale (num_igelu_from_scale): b, c and one are negative; the result is negated so
// that its scale is positive. Results modulo 2^32.
module fl_igelu_lane #(
  parameter int unsigned DataBits  = 16,
  parameter int unsigned ClipBits  = 15,  // of b, and of the clipped input less b
  parameter int unsigned ErfBits   = 18   // of the polynomial after it loses 14 bits
) (
  input  logic                       clk_i,
  input  logic                       enable_i,
  input  logic signed [ClipBits-1:0] b_i,
  input  logic signed [31:0]         c_i,
  input  logic signed [31:0]         one_i,
  input  logic signed [DataBits-1:0] data_i,
  output logic [31:0]                data_o
);

  localparam int unsigned WIDE = DataBits > ClipBits ? DataBits + 1 : ClipBits + 1;

  // 1. Clip the magnitude; it lies in b .. 0 after b is added.
  logic signed [WIDE-1:0]     x, b, magnitude;
  logic signed [ClipBits-1:0] clipped, t_q;
  logic signed [DataBits-1:0] x1_q, x2_q;

  assign x         = WIDE'(data_i);
  assign b         = WIDE'(b_i);
  assign magnitude = x < 0 ? -x : x;
  assign clipped   = magnitude < -b ? ClipBits'(magnitude + b) : '0;

  // 2. Polynomial with the sign of x, and erf.
  logic signed [31:0]        t, polynomial, with_sign;
  logic signed [ErfBits-1:0] erf_q;

  assign t          = 32'(t_q);
  assign polynomial = t * t + c_i;
  assign with_sign  = x1_q == 0 ? '0 : x1_q < 0 ? -polynomial : polynomial;

  // 3. x (erf + 1), negated.
  logic signed [31:0] y_q;

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      x1_q  <= data_i;
      t_q   <= clipped;
      x2_q  <= x1_q;
      erf_q <= ErfBits'(with_sign >>> 14);
      y_q   <= -(32'(x2_q) * (32'(erf_q) + one_i));
    end
  end

  assign data_o = y_q;

endmodule
