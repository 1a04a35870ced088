// Modules that are no blocks of an accelerator: what cost tables and comparisons need beside the blocks of rtl/.

// The integer-based decoder reduced to unsigned 4-bit flint, which is all that fl_decode_flint4_float does.
module fl_probe_decode_flint4_int (
  input  logic [3:0]        code_i,
  output logic signed [4:0] base_o,
  output logic [3:0]        shift_o
);
  fl_decode_ant4 u_decoder (
    .format_i(4'b0001), .code_i({4'b0000, code_i}), .slice_i(1'b0), .used_i(1'b1), .base_o, .shift_o
  );
endmodule

// One lane operation each: 32-bit multiplication and addition, a read of 16 words of 32 bits held in registers elsewhere.
module fl_probe_multiply32 (
  input  logic signed [31:0] a_i,
  input  logic signed [31:0] b_i,
  output logic signed [63:0] product_o
);
  assign product_o = a_i * b_i;
endmodule

module fl_probe_add32 (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] sum_o
);
  assign sum_o = a_i + b_i;
endmodule

module fl_probe_table16 (
  input  logic [16*32-1:0] table_i,
  input  logic [3:0]       index_i,
  output logic [31:0]      word_o
);
  assign word_o = table_i[{index_i, 5'd0}+:32];
endmodule
