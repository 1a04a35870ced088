// ShiftGELU of I-ViT (Li and Gu, ICCV 2023), one element per cycle without a row pass: x * sigmoid(1.702 x), the maximum that keeps
// exponents at or below 0 taken of the element and 0 (docs/rtl/fl_shift_gelu.md). Twelve stages that move together; ready_o depends
// on ready_i.
module fl_shift_gelu #(
  parameter int unsigned ScaleBits = 8,
  parameter int unsigned Fraction  = 10,
  localparam int unsigned ReciprocalBits = ScaleBits + 12
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic [ScaleBits-1:0]      inverse_scale_i,  // I0 = round(1 / (1.702 S)) and its reciprocal (fl_shift_exp, DistanceBits
  input  logic [ReciprocalBits-1:0] reciprocal_i,     // 10): stable while elements are inside
  input  logic                      valid_i,
  output logic                      ready_o,
  input  logic signed [7:0]         data_i,
  output logic                      valid_o,
  input  logic                      ready_i,
  output logic signed [15:0]        data_o
);

  localparam int unsigned LATENCY = 12;

  logic               enable;
  logic [LATENCY-1:0] valid_q;
  logic signed [9:0]  x;

  assign enable  = ~valid_q[LATENCY-1] | ready_i;
  assign ready_o = enable;
  assign valid_o = valid_q[LATENCY-1];
  assign x       = 10'(data_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else if (enable) valid_q <= {valid_q[LATENCY-2:0], valid_i};
  end

  fl_shift_gelu_lane #(.ScaleBits(ScaleBits), .Fraction(Fraction)) u_lane (
    .clk_i, .enable_i(enable), .inverse_scale_i, .reciprocal_i, .data_i, .x_i(x), .max_i(x < 0 ? '0 : x), .data_o
  );

endmodule
