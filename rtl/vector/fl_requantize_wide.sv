// Wide requantiser: data * multiplier * 2^(shift - 31), rounded once to the nearest (ties up), saturated to 32 bits
// (docs/rtl/fl_vector_gelu.md). Four stages, no handshake: one element per cycle, valid travels outside.
module fl_requantize_wide (
  input  logic        clk_i,
  input  logic [31:0] data_i,
  input  logic [31:0] multiplier_i,  // not negative
  input  logic [5:0]  shift_i,       // -31 .. 30, positive to the left
  output logic [31:0] data_o
);

  logic signed [31:0] data1_q, multiplier1_q;
  logic signed [63:0] product2_q, sum3_q;
  logic        [5:0]  right1_q, right2_q, right3_q;  // 31 - shift: 1 .. 62
  logic signed [63:0] shifted;
  logic        [31:0] data4_q;

  assign shifted = sum3_q >>> right3_q;

  always_ff @(posedge clk_i) begin
    data1_q       <= data_i;
    multiplier1_q <= multiplier_i;
    right1_q      <= 6'd31 - shift_i;
    product2_q    <= 64'(data1_q) * 64'(multiplier1_q);
    right2_q      <= right1_q;
    sum3_q        <= product2_q + (64'sd1 <<< (right2_q - 6'd1));
    right3_q      <= right2_q;
    data4_q       <= shifted[63:31] == {33{shifted[63]}} ? shifted[31:0] : {shifted[63], {31{~shifted[63]}}};
  end

  assign data_o = data4_q;

endmodule
