// i-exp of I-BERT as a stream, one element per cycle (docs/rtl/fl_iexp.md). Three stages that move together; ready_o depends on ready_i.
module fl_iexp #(
  parameter int unsigned DistanceBits = 16,
  parameter int unsigned X0Bits       = 12,
  parameter int unsigned MaxHalvings  = 30,
  localparam int unsigned ReciprocalBits = DistanceBits + X0Bits + 1,
  localparam int unsigned BBits          = X0Bits + 2,
  localparam int unsigned CBits          = 2 * X0Bits + 3
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic [X0Bits-1:0]         x0_i,          // constants (fl_iexp_lane): stable while elements are inside
  input  logic [ReciprocalBits-1:0] reciprocal_i,
  input  logic [BBits-1:0]          b_i,
  input  logic [CBits-1:0]          c_i,
  input  logic                      valid_i,
  output logic                      ready_o,
  input  logic [DistanceBits-1:0]   distance_i,
  output logic                      valid_o,
  input  logic                      ready_i,
  output logic [CBits-1:0]          polynomial_o,
  output logic [4:0]                halvings_o
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

  fl_iexp_lane #(.DistanceBits(DistanceBits), .X0Bits(X0Bits), .MaxHalvings(MaxHalvings)) u_lane (
    .clk_i, .enable_i(enable), .x0_i, .reciprocal_i, .b_i, .c_i, .distance_i, .polynomial_o, .halvings_o
  );

endmodule
