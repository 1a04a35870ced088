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

// The NN-LUT unit without the memory of its table, which is GELU's (minimax of pe/num, scale 2^-12, slopes with 14 fraction bits) in gates.
module fl_probe_nn_lut_gelu (
  input  logic               clk_i,
  input  logic signed [15:0] data_i,
  output logic [31:0]        data_o
);
  fl_nn_lut_lane u_lane (
    .clk_i, .enable_i(1'b1),
    .breakpoints_i(256'h34cd297a1fd00f5e0a9d06c3034d0000fcb4f93ef564f0aae283d953cb340000),
    .slopes_i(256'h400040f9439e4770416339102f7a253b1ac5108606f0fea2f891fb66febf0000),
    .intercepts_i({256'h00000000ffcc215dff5f6bf6fee5fc23ff42e483ff9b368bffdc0792fffddac3,
                   256'hfffddac3ffdc0792ff9b368bff431b95fee601a6ff3ccc8dffbe4aee00000000}),
    .data_i, .data_o
  );
endmodule

// The same of i-GELU.
module fl_probe_igelu (
  input  logic               clk_i,
  input  logic signed [15:0] data_i,
  output logic [31:0]        data_o
);
  logic [1:0] unused;
  fl_igelu u_gelu (.clk_i, .rst_ni(1'b1), .valid_i(1'b1), .ready_o(unused[0]), .data_i, .valid_o(unused[1]), .ready_i(1'b1), .data_o);
endmodule

// The NN-LUT unit for operands of 32 bits without the memory of its table.
module fl_probe_nn_lut_int32 (
  input  logic               clk_i,
  input  logic [16*32-1:0]   breakpoints_i,
  input  logic [16*32-1:0]   slopes_i,
  input  logic [16*32-1:0]   intercepts_i,
  input  logic signed [31:0] data_i,
  output logic [31:0]        data_o
);
  fl_nn_lut_lane #(.DataBits(32)) u_lane (.clk_i, .enable_i(1'b1), .breakpoints_i, .slopes_i, .intercepts_i, .data_i, .data_o);
endmodule
