// Quantiser of a TypeFusion array's results: requantisation to the tensor's scale, then the encoder of its type
// (docs/rtl/fl_quantize_ant4.md). Four stages that move together: latency 4, one element per cycle. ready_o depends on ready_i.
module fl_quantize_ant4 (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  fl_pkg::format_t format_i,      // stable while elements are inside
  input  logic            valid_i,
  output logic            ready_o,
  input  logic [31:0]     data_i,
  input  logic [31:0]     multiplier_i,  // as fl_requantize
  input  logic [5:0]      shift_i,
  output logic            valid_o,
  input  logic            ready_i,
  output logic [7:0]      code_o
);

  localparam int unsigned VALUE_BITS = 16;  // no code stands for more than 2^14

  logic                  enable, value_valid, valid_q;
  logic [VALUE_BITS-1:0] value;
  logic [7:0]            code, code_q;

  assign enable  = ~valid_q | ready_i;
  assign valid_o = valid_q;
  assign code_o  = code_q;

  fl_requantize #(.OutBits(VALUE_BITS)) u_requantize (
    .clk_i, .rst_ni, .valid_i, .ready_o, .data_i, .multiplier_i, .shift_i,
    .valid_o(value_valid), .ready_i(enable), .data_o(value)
  );
  fl_encode_ant4 #(.InBits(VALUE_BITS)) u_encode (.format_i, .value_i(value), .code_o(code));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (enable) valid_q <= value_valid;
  end

  always_ff @(posedge clk_i) begin
    if (enable) code_q <= code;
  end

endmodule
