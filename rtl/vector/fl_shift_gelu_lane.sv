// Data path of ShiftGELU (I-ViT): data * sigmoid, sigmoid = e^(x - max) / (e^(x - max) + e^-max) to 7 fraction bits, max >= x, max >= 0.
// Twelve stages that advance with enable_i: exponentials 3, sum 1, division 7 (a bit each), product 1.
module fl_shift_gelu_lane #(
  parameter int unsigned ScaleBits = 8,
  parameter int unsigned Fraction  = 10,
  localparam int unsigned ReciprocalBits = ScaleBits + 12
) (
  input  logic                      clk_i,
  input  logic                      enable_i,
  input  logic [ScaleBits-1:0]      inverse_scale_i,
  input  logic [ReciprocalBits-1:0] reciprocal_i,
  input  logic signed [7:0]         data_i,
  input  logic signed [9:0]         x_i,
  input  logic signed [9:0]         max_i,
  output logic signed [15:0]        data_o
);

  localparam int unsigned EXP_BITS = ScaleBits + Fraction;
  localparam int unsigned SUM_BITS = EXP_BITS + 1;
  localparam int unsigned BITS     = 7;

  // 1 to 3. Exponentials.
  logic [EXP_BITS-1:0] of_x, of_minus_max;

  fl_shift_exp #(.DistanceBits(10), .ScaleBits(ScaleBits), .Fraction(Fraction)) u_of_x (
    .clk_i, .enable_i, .inverse_scale_i, .reciprocal_i, .distance_i(max_i - x_i), .exp_o(of_x)
  );
  fl_shift_exp #(.DistanceBits(10), .ScaleBits(ScaleBits), .Fraction(Fraction)) u_of_minus_max (
    .clk_i, .enable_i, .inverse_scale_i, .reciprocal_i, .distance_i(max_i), .exp_o(of_minus_max)
  );

  // 4. Numerator and denominator; 5 to 11. Restoring division, the quotient below 1. Stage i's values at i.
  logic [(BITS+1)*SUM_BITS-1:0] rest_q, sum_q;
  logic [(BITS+1)*BITS-1:0]     quotient_q;

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      rest_q[SUM_BITS-1:0] <= {1'b0, of_x};
      sum_q[SUM_BITS-1:0]  <= {1'b0, of_x} + {1'b0, of_minus_max};
      quotient_q[BITS-1:0] <= '0;
    end
  end

  for (genvar i = 0; i < BITS; i++) begin : g_bit
    logic [SUM_BITS:0]   twice;
    logic [SUM_BITS-1:0] sum;
    logic [SUM_BITS:0]   difference;  // its top bit: twice < sum
    assign twice      = {rest_q[i*SUM_BITS+:SUM_BITS], 1'b0};
    assign sum        = sum_q[i*SUM_BITS+:SUM_BITS];
    assign difference = twice - {1'b0, sum};
    always_ff @(posedge clk_i) begin
      if (enable_i) begin
        rest_q[(i+1)*SUM_BITS+:SUM_BITS] <= difference[SUM_BITS] ? twice[SUM_BITS-1:0] : difference[SUM_BITS-1:0];
        sum_q[(i+1)*SUM_BITS+:SUM_BITS]  <= sum;
        quotient_q[(i+1)*BITS+:BITS]     <= BITS'({quotient_q[i*BITS+:BITS], ~difference[SUM_BITS]});
      end
    end
  end

  // 12. The product with the element, which has waited.
  logic [87:0]        waiting_q;
  logic signed [7:0]  gate;
  logic signed [15:0] data_q;

  assign gate = {1'b0, quotient_q[BITS*BITS+:BITS]};

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      waiting_q <= {waiting_q[79:0], data_i};
      data_q    <= signed'(waiting_q[87:80]) * gate;
    end
  end

  assign data_o = data_q;

  logic unused;
  assign unused = ^{rest_q[BITS*SUM_BITS+:SUM_BITS], sum_q[BITS*SUM_BITS+:SUM_BITS]};

endmodule
