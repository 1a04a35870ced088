// Boundary decoder of the int8 PE: integers of 4 or 8 bits, extended to 9. Combinational.
module fl_decode_int8 (
  input  fl_pkg::format_t   format_i,
  input  logic [7:0]        code_i,
  input  logic              used_i,  // else the operand is 0
  output logic signed [8:0] base_o
);

  logic [8:0] wide, narrow;

  assign wide   = {format_i.is_signed & code_i[7], code_i};
  assign narrow = {{5{format_i.is_signed & code_i[3]}}, code_i[3:0]};
  assign base_o = !used_i ? 9'd0 : format_i.wide ? wide : narrow;

  logic unused;
  assign unused = ^format_i.kind;

endmodule
