// i-GELU of I-BERT as a stream, 32-bit operands of any scale (docs/rtl/fl_igelu_scaled.md): every operation in INT32, as I-BERT's
// published form has it, and the constants of the scale on ports. Three stages that move together: latency 3, one element per cycle
// while ready_i holds. ready_o depends on ready_i.
module fl_igelu_scaled (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic signed [31:0] b_i,      // constants (num_igelu_from_scale): stable while elements are inside
  input  logic signed [31:0] c_i,
  input  logic signed [31:0] one_i,
  input  logic               valid_i,
  output logic               ready_o,
  input  logic signed [31:0] data_i,
  output logic               valid_o,
  input  logic               ready_i,
  output logic [31:0]        data_o
);

  logic       enable;
  logic [2:0] valid_q;

  assign enable  = ~valid_q[2] | ready_i;
  assign ready_o = enable;
  assign valid_o = valid_q[2];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else if (enable) valid_q <= {valid_q[1:0], valid_i};
  end

  fl_igelu_lane #(.DataBits(32), .ClipBits(32), .ErfBits(32)) u_lane (.clk_i, .enable_i(enable), .b_i, .c_i, .one_i, .data_i, .data_o);

endmodule
