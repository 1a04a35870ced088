// Float-style decoder of unsigned 4-bit flint, the alternative that ANT compares with: value = 2^exponent * (1 + fraction / 8).
// Combinational. Source: ANT (MICRO 2022), float-based decoder.
module fl_decode_flint4_float (
  input  logic [3:0] code_i,
  output logic       zero_o,
  output logic [2:0] exponent_o,
  output logic [2:0] fraction_o
);

  logic [1:0] leading_zeros;
  logic [2:0] rest;

  assign rest = code_i[2:0];

  always_comb begin
    unique casez (rest)
      3'b1??:  leading_zeros = 2'd0;
      3'b01?:  leading_zeros = 2'd1;
      3'b001:  leading_zeros = 2'd2;
      default: leading_zeros = 2'd3;
    endcase
  end

  assign zero_o     = code_i == 4'd0;
  assign fraction_o = rest << ({1'b0, leading_zeros} + 3'd1);

  always_comb begin
    if (code_i[3]) exponent_o = 3'd3 + {1'b0, leading_zeros};
    else if (rest == 3'd0) exponent_o = 3'd0;
    else exponent_o = 3'd2 - {1'b0, leading_zeros};
  end

endmodule
