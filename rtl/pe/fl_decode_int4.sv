// Boundary decoder of the int4 PE: an integer of 4 bits, or one slice of an integer of 8 bits. Combinational.
module fl_decode_int4 (
  input  fl_pkg::format_t   format_i,
  input  logic [7:0]        code_i,
  input  logic              slice_i,  // of an 8-bit integer: 0 high nibble, 1 low nibble
  input  logic              used_i,   // else the operand is 0
  output logic signed [4:0] base_o,
  output logic [2:0]        shift_o
);

  logic       is_high;
  logic [3:0] nibble;
  logic       sign;

  assign is_high = format_i.wide & ~slice_i;
  assign nibble  = is_high ? code_i[7:4] : code_i[3:0];
  assign sign    = format_i.is_signed & nibble[3] & ~(format_i.wide & slice_i);
  assign base_o  = used_i ? {sign, nibble} : 5'd0;
  assign shift_o = used_i && is_high ? 3'd4 : 3'd0;

  logic unused;
  assign unused = ^format_i.kind;

endmodule
