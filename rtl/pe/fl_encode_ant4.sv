// Encoder of every type of the TypeFusion PE: the code of the representable value nearest to an integer (docs/rtl/fl_encode_ant4.md).
// Ties go to the larger value, values beyond the ends saturate, negative zero is never produced. Combinational.
module fl_encode_ant4 #(
  parameter int unsigned InBits = 16
) (
  input  fl_pkg::format_t          format_i,  // wide: 8-bit integer
  input  logic signed [InBits-1:0] value_i,
  output logic [7:0]               code_o     // 4 bits unless wide
);

  logic              negative;
  logic [InBits-1:0] magnitude;

  assign negative  = value_i[InBits-1];
  assign magnitude = negative ? -value_i : value_i;

  // Flint.
  logic [3:0] flint;
  fl_encode_flint4 #(.InBits(InBits)) u_flint (.is_signed_i(format_i.is_signed), .value_i, .code_o(flint));

  // Power of two: 2^e and above is code e + 1, from 1.5 * 2^e on code e + 2; a negative tie stays below. Doubled magnitudes, one less for
  // negative values, make both a question of the leading two bits.
  logic [InBits:0] limit;
  logic [4:0]      power, power_top;
  logic [3:0]      power_code;

  assign limit     = {magnitude, 1'b0} - (InBits + 1)'(negative);
  assign power_top = format_i.is_signed ? 5'd7 : 5'd15;

  always_comb begin
    power = 5'd0;
    for (int e = 0; e < InBits; e++) begin
      if (magnitude[e]) power = 5'(e + 1);
      if (magnitude[e] && limit[e+1] && limit[e]) power = 5'(e + 2);
    end
    power_code = power > power_top ? power_top[3:0] : power[3:0];
  end

  // Integer.
  logic signed [InBits-1:0] low, high;
  logic [7:0]               integer_code;

  assign high         = format_i.wide ? (format_i.is_signed ? InBits'(127) : InBits'(255))
                                      : (format_i.is_signed ? InBits'(7) : InBits'(15));
  assign low          = format_i.is_signed ? ~high : '0;
  assign integer_code = value_i < low ? low[7:0] : value_i > high ? high[7:0] : value_i[7:0];

  always_comb begin
    unique case (format_i.kind)
      fl_pkg::KIND_FLINT: code_o = {4'd0, flint};
      fl_pkg::KIND_POT: begin
        code_o = {4'd0, power_code};
        if (negative) code_o = format_i.is_signed ? {5'b00001, power_code[2:0]} : 8'd0;
      end
      default: code_o = format_i.wide ? integer_code : {4'd0, integer_code[3:0]};
    endcase
  end

endmodule
