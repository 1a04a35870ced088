// A requantiser as somebody else would write it: the ports of fl_requantize (docs/rtl/fl_requantize.md), another
// structure inside. The whole product is kept and both roundings work on it. Three stages, as documented.
module my_requantize #(
  parameter int OUT     = 8,
  parameter bit TIES_UP = 0  // the mistake of the tutorial
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  output logic        ready_o,
  input  logic [31:0] data_i,
  input  logic [31:0] multiplier_i,
  input  logic [5:0]  shift_i,
  output logic        valid_o,
  input  logic        ready_i,
  output logic [OUT-1:0] data_o
);

  logic advance, full1, full2, full3;
  assign advance = !full3 || ready_i;
  assign ready_o = advance;
  assign valid_o = full3;

  // Stage 1: shift left, saturate to 32 bits.
  logic signed [63:0] wide;
  logic signed [31:0] value1;
  logic [31:0]        multiplier1;
  logic [4:0]         right1, right2;
  assign wide = 64'($signed(data_i)) <<< (shift_i[5] ? 0 : shift_i);

  // Stage 2: multiply, round to the high half.
  logic signed [63:0] product;
  logic signed [31:0] high2;
  assign product = value1 * 64'($signed(multiplier1)) + (64'sd1 <<< 30);

  // Stage 3: shift right to the nearest; a tie goes away from zero.
  logic signed [32:0] half, rounded;
  assign half    = right2 == 0 ? 33'sd0 : 33'sd1 <<< (right2 - 5'd1);
  logic               away;
  assign away    = high2 < 0 && right2 != 0 && !TIES_UP;
  assign rounded = (33'(high2) + half - 33'($signed({1'b0, away}))) >>> right2;

  localparam int MAX = (1 << (OUT - 1)) - 1;

  always_ff @(posedge clk_i or negedge rst_ni)
    if (!rst_ni) {full1, full2, full3} <= '0;
    else if (advance) {full1, full2, full3} <= {valid_i, full1, full2};

  always_ff @(posedge clk_i)
    if (advance) begin
      value1      <= wide > 64'sh7fff_ffff ? 32'sh7fff_ffff : wide < -64'sh8000_0000 ? 32'sh8000_0000 : wide[31:0];
      multiplier1 <= multiplier_i;
      right1      <= shift_i[5] ? 5'(-shift_i) : 5'd0;
      high2       <= product[62:31];
      right2      <= right1;
      data_o      <= rounded > MAX ? OUT'(MAX) : rounded < -MAX - 1 ? OUT'(-MAX - 1) : rounded[OUT-1:0];
    end

endmodule
