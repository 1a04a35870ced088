// i-GELU of I-BERT as a stream (docs/rtl/fl_igelu.md): 16-bit inputs of scale 2^-12; the constants are those of num_igelu_q12. The result
// has a scale of its own and goes to a requantiser.
// Three stages that move together: latency 3, one element per cycle while ready_i holds. ready_o depends on ready_i.
module fl_igelu (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               valid_i,
  output logic               ready_o,
  input  logic signed [15:0] data_i,
  output logic               valid_o,
  input  logic               ready_i,
  output logic [31:0]        data_o
);

  // floor(-1.769 / s), floor(1 / (-0.2888 s^2)), floor(1 / (-0.2888 s^2 2^14)) for s = 2^-12 / 1.4142.
  localparam logic signed [14:0] B   = -15'sd10248;
  localparam logic signed [31:0] C   = -32'sd116183478;
  localparam logic signed [31:0] ONE = -32'sd7092;

  logic       enable;
  logic [2:0] valid_q;

  assign enable  = ~valid_q[2] | ready_i;
  assign ready_o = enable;
  assign valid_o = valid_q[2];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else if (enable) valid_q <= {valid_q[1:0], valid_i};
  end

  fl_igelu_lane u_lane (.clk_i, .enable_i(enable), .b_i(B), .c_i(C), .one_i(ONE), .data_i, .data_o);

endmodule
