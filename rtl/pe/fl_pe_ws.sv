// Weight-stationary PE: holds a weight, adds its product to the sum that passes down (docs/rtl/fl_pe_ws.md).
// Chain = 1: the next weights come down a chain of registers while the old weight is in use. All outputs registered.
`include "fl_assert.svh"

module fl_pe_ws #(
  parameter int unsigned BaseBits  = 5,
  parameter int unsigned ShiftBits = 4,
  parameter bit          Chain     = 1'b1,
  parameter bit          TopRow    = 1'b0,
  localparam int unsigned OperandBits = BaseBits + ShiftBits
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  // West to east: the activation; first marks a fold's first step.
  input  logic                        a_valid_i,
  input  logic                        a_first_i,
  input  logic [OperandBits-1:0]      a_i,
  output logic                        a_valid_o,
  output logic                        a_first_o,
  output logic [OperandBits-1:0]      a_o,
  // The weights of the next fold come down as a wave; load is what enters at the top of the column.
  input  logic                        load_i,
  input  logic                        load_generation_i,
  input  logic                        generation_i,
  input  logic [OperandBits-1:0]      b_i,
  output logic                        generation_o,
  output logic [OperandBits-1:0]      b_o,
  // North to south: the partial sum.
  input  logic                        sum_valid_i,
  input  logic [fl_pkg::SUM_BITS-1:0] sum_i,
  output logic                        sum_valid_o,
  output logic [fl_pkg::SUM_BITS-1:0] sum_o
);

  logic [OperandBits-1:0]      a_q, b_q, weight;
  logic                        a_valid_q, a_first_q, generation_q, sum_valid_q;
  logic [fl_pkg::SUM_BITS-1:0] mac, sum_q;
  logic                        takes;

  // Take over when the PE above holds a weight of the new generation.
  assign takes = load_i & (generation_i == load_generation_i);

  if (Chain) begin : g_chain
    logic [OperandBits-1:0] weight_q;
    assign weight = a_first_i ? b_q : weight_q;
    always_ff @(posedge clk_i) begin
      if (a_valid_i & a_first_i) weight_q <= b_q;
    end
  end else begin : g_direct
    assign weight = b_q;
  end

  fl_mac #(.BaseBits(BaseBits), .ShiftBits(ShiftBits)) u_mac (.a_i, .b_i(weight), .sum_i, .sum_o(mac));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      a_valid_q    <= 1'b0;
      a_first_q    <= 1'b0;
      sum_valid_q  <= 1'b0;
      generation_q <= 1'b0;
    end else begin
      a_valid_q   <= a_valid_i;
      a_first_q   <= a_first_i;
      sum_valid_q <= a_valid_i;
      if (takes) generation_q <= generation_i;
    end
  end

  always_ff @(posedge clk_i) begin
    a_q <= a_i;
    if (takes) b_q <= b_i;
    if (a_valid_i) sum_q <= mac;
  end

  assign a_valid_o    = a_valid_q;
  assign a_first_o    = a_first_q;
  assign a_o          = a_q;
  assign generation_o = generation_q;
  assign b_o          = b_q;
  assign sum_valid_o  = sum_valid_q;
  assign sum_o        = sum_q;

  // Steps of a fold follow one another, and a sum comes with each below the top row.
  `FL_ASSERT(FirstComesWithAnOperand, !a_first_i || a_valid_i)
  `FL_ASSERT(SumComesWithTheOperand, TopRow || !a_valid_i || sum_valid_i)
  `FL_ASSERT(WeightStaysWhileInUse, Chain || !a_valid_i || !takes)

endmodule
