// Converter from an integer to a logarithmic code (docs/rtl/fl_lns_encode.md; LNS-Madam, Zhao et al.): the leading one gives the whole
// part of the exponent, midpoints between codes the fraction. Three stages that move together; ready_o depends on ready_i.
`include "fl_assert.svh"

module fl_lns_encode #(
  parameter int unsigned Bits      = 8,   // of a code, sign included
  parameter int unsigned LogGamma  = 3,
  parameter int unsigned ValueBits = 39
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        valid_i,
  output logic                        ready_o,
  input  logic signed [ValueBits-1:0] value_i,
  input  logic [5:0]                  fraction_bits_i,  // of the value; stable with it
  output logic                        valid_o,
  input  logic                        ready_i,
  output logic [Bits-1:0]             code_o
);

  localparam int unsigned GAMMA = 1 << LogGamma;
  localparam int unsigned EXPONENT_BITS = 7 + LogGamma + 1;
  localparam logic signed [EXPONENT_BITS-1:0] TOP = EXPONENT_BITS'((1 << (Bits - 1)) - 1);

  // round(2^(i / 16) * 2^16), entry 0 in the low bits: midpoints of every base up to 8.
  localparam logic [16*17-1:0] POWER = {
    17'd125515, 17'd120194, 17'd115098, 17'd110218, 17'd105545, 17'd101070, 17'd96785, 17'd92682,
    17'd88752, 17'd84990, 17'd81386, 17'd77936, 17'd74632, 17'd71468, 17'd68438, 17'd65536
  };

  logic       enable;
  logic [2:0] valid_q;

  assign enable  = ~valid_q[2] | ready_i;
  assign ready_o = enable;
  assign valid_o = valid_q[2];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else if (enable) valid_q <= {valid_q[1:0], valid_i};
  end

  // 1. Sign and magnitude.
  logic                 negative1_q, negative2_q;
  logic [ValueBits-1:0] magnitude_q;
  logic [5:0]           fraction1_q, fraction2_q;

  // 2. Leading one, and the 17 bits from it on.
  logic [5:0]           leading, leading_q;
  logic [ValueBits-1:0] aligned;
  logic [16:0]          mantissa_q;
  logic                 zero_q;

  always_comb begin
    leading = '0;
    for (int i = 0; i < ValueBits; i++) begin
      if (magnitude_q[i]) leading = 6'(i);
    end
  end

  assign aligned = magnitude_q << (6'(ValueBits - 1) - leading);

  // 3. Remainder: the midpoints at or below; exponent within the code's range.
  logic [LogGamma:0]               remainder;
  logic signed [EXPONENT_BITS-1:0] difference, exponent;
  logic [Bits-2:0]                 kept;
  logic [Bits-1:0]                 code_q;

  always_comb begin
    remainder = '0;
    for (int r = 0; r < GAMMA; r++) begin
      remainder = remainder + (LogGamma + 1)'(mantissa_q >= POWER[((2*r+1)*8/GAMMA)*17+:17]);
    end
  end

  assign difference = EXPONENT_BITS'(leading_q) - EXPONENT_BITS'(fraction2_q);
  assign exponent   = (difference <<< LogGamma) + EXPONENT_BITS'(remainder);
  assign kept       = exponent < 0 || zero_q ? '0 : exponent > TOP ? TOP[Bits-2:0] : exponent[Bits-2:0];

  always_ff @(posedge clk_i) begin
    if (enable) begin
      negative1_q <= value_i < 0;
      magnitude_q <= value_i < 0 ? -value_i : value_i;
      fraction1_q <= fraction_bits_i;
      negative2_q <= negative1_q;
      leading_q   <= leading;
      mantissa_q  <= aligned[ValueBits-1-:17];
      zero_q      <= magnitude_q == '0;
      fraction2_q <= fraction1_q;
      code_q      <= {negative2_q, kept};
    end
  end

  assign code_o = code_q;

  logic unused;
  assign unused = ^aligned[ValueBits-18:0];

  `FL_CHECK_PARAMETER(BaseHasUpToEightSteps, LogGamma >= 1 && LogGamma <= 3 && ValueBits >= 18 && ValueBits <= 64 && Bits <= EXPONENT_BITS)

endmodule
