// Wide requantiser: data * multiplier * 2^(shift - 31), rounded once to the nearest (ties up), saturated to 32 bits
// (docs/rtl/fl_vector_gelu.md). Four stages, no handshake: one element per cycle, valid travels outside.
module fl_requantize_wide #(
  parameter int unsigned DataBits = 32
) (
  input  logic                clk_i,
  input  logic [DataBits-1:0] data_i,
  input  logic [31:0]         multiplier_i,  // not negative
  input  logic [5:0]          shift_i,       // -31 .. 30, positive to the left
  output logic [31:0]         data_o
);

  localparam int unsigned WIDE = DataBits + 32;

  logic signed [DataBits-1:0] data1_q;
  logic signed [31:0]         multiplier1_q;
  logic signed [WIDE-1:0]     product2_q, sum3_q, shifted;
  logic        [5:0]          right1_q, right2_q, right3_q;  // 31 - shift: 1 .. 62
  logic        [31:0]         data4_q;

  assign shifted = sum3_q >>> right3_q;

  always_ff @(posedge clk_i) begin
    data1_q       <= data_i;
    multiplier1_q <= multiplier_i;
    right1_q      <= 6'd31 - shift_i;
    product2_q    <= WIDE'(data1_q) * WIDE'(multiplier1_q);
    right2_q      <= right1_q;
    sum3_q        <= product2_q + (WIDE'(1) <<< (right2_q - 6'd1));
    right3_q      <= right2_q;
    data4_q       <= shifted[WIDE-1:31] == {(WIDE - 31){shifted[WIDE-1]}} ? shifted[31:0] : {shifted[WIDE-1], {31{~shifted[WIDE-1]}}};
  end

  assign data_o = data4_q;

endmodule
