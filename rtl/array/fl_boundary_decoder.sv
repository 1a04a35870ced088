// The boundary decoder of one row or column: the decoder of the PE type, its result packed as {base, shift}.
`include "fl_assert.svh"

module fl_boundary_decoder #(
  parameter int unsigned Pe = fl_pkg::PE_ANT4,
  localparam int unsigned BaseBits    = Pe == fl_pkg::PE_INT8 ? 9 : 5,
  localparam int unsigned ShiftBits   = Pe == fl_pkg::PE_INT8 ? 0 : Pe == fl_pkg::PE_INT4 ? 3 : 4,
  localparam int unsigned OperandBits = BaseBits + ShiftBits
) (
  input  fl_pkg::format_t              format_i,
  input  logic [fl_pkg::CODE_BITS-1:0] code_i,
  input  logic                         slice_i,
  input  logic                         used_i,
  output logic [OperandBits-1:0]       operand_o
);

  `FL_CHECK_PARAMETER(PeTypeIsKnown, Pe <= fl_pkg::PE_INT8)

  if (Pe == fl_pkg::PE_ANT4) begin : g_ant4
    fl_decode_ant4 u_decode (
      .format_i, .code_i, .slice_i, .used_i, .base_o(operand_o[ShiftBits+:BaseBits]), .shift_o(operand_o[3:0])
    );
  end else if (Pe == fl_pkg::PE_INT4) begin : g_int4
    fl_decode_int4 u_decode (
      .format_i, .code_i, .slice_i, .used_i, .base_o(operand_o[ShiftBits+:BaseBits]), .shift_o(operand_o[2:0])
    );
  end else begin : g_int8
    fl_decode_int8 u_decode (.format_i, .code_i, .used_i, .base_o(operand_o));
    logic unused;
    assign unused = slice_i;
  end

endmodule
