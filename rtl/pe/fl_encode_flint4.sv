// 4-bit flint encoder: the code of the representable value nearest to an integer (docs/rtl/fl_encode_flint4.md). Ties go to the
// larger value, values beyond the ends saturate, negative zero is never produced. Combinational.
module fl_encode_flint4 #(
  parameter int unsigned InBits = 16
) (
  input  logic                     is_signed_i,  // sign and 3-bit magnitude code, else a 4-bit magnitude code
  input  logic signed [InBits-1:0] value_i,
  output logic [3:0]               code_o
);

  logic              negative;
  logic [InBits-1:0] magnitude;
  logic [6:0]        kept;      // no magnitude above 64 is told apart

  assign negative  = value_i[InBits-1];
  assign magnitude = negative ? -value_i : value_i;
  assign kept      = magnitude > InBits'(64) ? 7'd64 : 7'(magnitude);

  // Thresholds are midpoints of neighbours; "towards +infinity" is up for positive and down for negative values, so a
  // negative magnitude must exceed the midpoint. Doubled magnitudes make every midpoint an integer.
  logic [7:0] twice;
  assign twice = {kept, 1'b0};

  logic [3:0] unsigned_code;
  always_comb begin
    if (twice < 8'd15) unsigned_code = kept[3:0];
    else if (twice < 8'd18) unsigned_code = 4'b1100;   // 8
    else if (twice < 8'd22) unsigned_code = 4'b1101;   // 10
    else if (twice < 8'd26) unsigned_code = 4'b1110;   // 12
    else if (twice < 8'd30) unsigned_code = 4'b1111;   // 14
    else if (twice < 8'd40) unsigned_code = 4'b1010;   // 16
    else if (twice < 8'd56) unsigned_code = 4'b1011;   // 24
    else if (twice < 8'd96) unsigned_code = 4'b1001;   // 32
    else unsigned_code = 4'b1000;                      // 64
  end

  logic [8:0] limit;   // doubled magnitude, one less for negative values: a tie stays below
  logic [2:0] signed_code;
  assign limit = {1'b0, twice} - {8'd0, negative & (kept != 7'd0)};
  always_comb begin
    if (limit < 9'd7) signed_code = {1'b0, kept[1:0]};
    else if (limit < 9'd10) signed_code = 3'b110;      // 4
    else if (limit < 9'd14) signed_code = 3'b111;      // 6
    else if (limit < 9'd24) signed_code = 3'b101;      // 8
    else signed_code = 3'b100;                         // 16
  end

  always_comb begin
    if (is_signed_i) code_o = {negative & (signed_code != 3'd0), signed_code};
    else code_o = negative ? 4'd0 : unsigned_code;
  end

endmodule
