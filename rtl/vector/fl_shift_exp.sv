// ShiftExp of I-ViT (Li and Gu, ICCV 2023): e^q for q <= 0 in units of S / 2^Fraction, from shifts and additions; three stages that
// advance with enable_i. Part of fl_softmax_shift and fl_shift_gelu. q = -distance_i. The division by I0 = round(1 / S) is a product
// with its reciprocal, exact for every distance: reciprocal_i = floor(2^(DistanceBits + 1 + ScaleBits) / I0) + 1.
module fl_shift_exp #(
  parameter int unsigned DistanceBits = 9,
  parameter int unsigned ScaleBits    = 8,
  parameter int unsigned Fraction     = 15,
  localparam int unsigned PowerBits      = DistanceBits + 1,
  localparam int unsigned ReciprocalBits = PowerBits + ScaleBits + 1,
  localparam int unsigned ExpBits        = ScaleBits + Fraction
) (
  input  logic                      clk_i,
  input  logic                      enable_i,
  input  logic [ScaleBits-1:0]      inverse_scale_i,  // I0 >= 1
  input  logic [ReciprocalBits-1:0] reciprocal_i,
  input  logic [DistanceBits-1:0]   distance_i,
  output logic [ExpBits-1:0]        exp_o
);

  localparam int unsigned LIMIT_BITS = ScaleBits + 5;
  localparam int unsigned PRODUCT_BITS = PowerBits + ReciprocalBits;

  // 1. -p = 1.4375 distance, near distance * log2 e, clipped where 2^p = 2^-Fraction.
  logic signed [DistanceBits+1:0] q, p;
  logic [PowerBits-1:0]           power, power_q;
  logic [LIMIT_BITS-1:0]          limit;

  assign q     = -signed'({2'b00, distance_i});
  assign p     = q + (q >>> 1) - (q >>> 4);
  assign power = PowerBits'(-p);
  assign limit = LIMIT_BITS'(inverse_scale_i) * LIMIT_BITS'(Fraction);

  // 2. Whole powers of two.
  logic [PRODUCT_BITS-1:0] product;
  logic [4:0]              whole_q;
  logic [PowerBits-1:0]    power2_q;

  assign product = PRODUCT_BITS'(power_q) * PRODUCT_BITS'(reciprocal_i);

  // 3. The rest as a linear mantissa.
  logic signed [PowerBits:0] rest;
  logic [ScaleBits:0]        mantissa;
  logic [ExpBits-1:0]        exp_q;

  assign rest     = -signed'({1'b0, power2_q - PowerBits'(whole_q * PowerBits'(inverse_scale_i))});
  assign mantissa = (ScaleBits + 1)'(rest >>> 1) + {1'b0, inverse_scale_i};

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      power_q  <= 32'(power) > 32'(limit) ? PowerBits'(limit) : power;
      whole_q  <= product[ReciprocalBits-1+:5];
      power2_q <= power_q;
      exp_q    <= ExpBits'(mantissa[ScaleBits-1:0]) << (5'(Fraction) - whole_q);
    end
  end

  assign exp_o = exp_q;

  logic unused;
  assign unused = ^{product[PRODUCT_BITS-1:ReciprocalBits+4], product[ReciprocalBits-2:0], mantissa[ScaleBits]};

endmodule
