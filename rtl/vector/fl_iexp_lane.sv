// Data path of I-BERT's i-exp (Kim et al., ICML 2021): e^q, q = -distance_i, is polynomial_o * 2^-halvings_o in units of
// 0.35815147 S^2. Three stages that advance with enable_i. Constants of the scale S (num_integer_exp_build): x0 = floor(ln 2 / S) + 1
// as a magnitude, b, c; reciprocal_i = floor(2^(DistanceBits + X0Bits) / x0) + 1, which makes the division exact.
module fl_iexp_lane #(
  parameter int unsigned DistanceBits = 16,
  parameter int unsigned X0Bits       = 12,
  parameter int unsigned MaxHalvings  = 30,
  localparam int unsigned ReciprocalBits = DistanceBits + X0Bits + 1,
  localparam int unsigned BBits          = X0Bits + 2,
  localparam int unsigned CBits          = 2 * X0Bits + 3
) (
  input  logic                      clk_i,
  input  logic                      enable_i,
  input  logic [X0Bits-1:0]         x0_i,
  input  logic [ReciprocalBits-1:0] reciprocal_i,
  input  logic [BBits-1:0]          b_i,
  input  logic [CBits-1:0]          c_i,
  input  logic [DistanceBits-1:0]   distance_i,
  output logic [CBits-1:0]          polynomial_o,
  output logic [4:0]                halvings_o
);

  localparam int unsigned LIMIT_BITS = X0Bits + 5;
  localparam int unsigned PRODUCT_BITS = DistanceBits + ReciprocalBits;

  // 1. Clip.
  logic [LIMIT_BITS-1:0]   limit;
  logic [DistanceBits-1:0] kept_q;

  assign limit = LIMIT_BITS'(x0_i) * LIMIT_BITS'(MaxHalvings);

  // 2. Whole halvings, and the rest below x0.
  logic [PRODUCT_BITS-1:0] product;
  logic [4:0]              halvings, halvings2_q, halvings3_q;
  logic [X0Bits-1:0]       rest_q;

  assign product  = PRODUCT_BITS'(kept_q) * PRODUCT_BITS'(reciprocal_i);
  assign halvings = product[ReciprocalBits-1+:5];

  // 3. r (r + b) + c for r = -rest: c - rest (b - rest).
  logic [BBits-1:0] b_less;
  logic [CBits-1:0] polynomial_q;

  assign b_less = b_i - BBits'(rest_q);

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      kept_q       <= 32'(distance_i) > 32'(limit) ? DistanceBits'(limit) : distance_i;
      halvings2_q  <= halvings;
      rest_q       <= X0Bits'(kept_q - DistanceBits'(LIMIT_BITS'(halvings) * LIMIT_BITS'(x0_i)));
      halvings3_q  <= halvings2_q;
      polynomial_q <= c_i - CBits'(rest_q) * CBits'(b_less);
    end
  end

  assign polynomial_o = polynomial_q;
  assign halvings_o   = halvings3_q;

  logic unused;
  assign unused = ^{product[PRODUCT_BITS-1:ReciprocalBits+4], product[ReciprocalBits-2:0]};

endmodule
