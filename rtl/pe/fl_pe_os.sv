// Output-stationary PE: accumulates in place, results leave down the column (docs/rtl/fl_pe_os.md).
// Shadow = 1: the result waits in a register of its own while the accumulator takes the next fold. All outputs registered.
`include "fl_assert.svh"

module fl_pe_os #(
  parameter int unsigned BaseBits  = 5,
  parameter int unsigned ShiftBits = 4,
  parameter bit          Shadow    = 1'b1,
  parameter bit          TopRow    = 1'b0,
  localparam int unsigned OperandBits = BaseBits + ShiftBits
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  // West to east: the activation.
  input  logic                        a_valid_i,
  input  logic [OperandBits-1:0]      a_i,
  output logic                        a_valid_o,
  output logic [OperandBits-1:0]      a_o,
  // North to south: the weight; last marks a fold's last step.
  input  logic                        b_last_i,
  input  logic [OperandBits-1:0]      b_i,
  output logic                        b_last_o,
  output logic [OperandBits-1:0]      b_o,
  // North to south: the drain. start: the last flag leaves the bottom of the column, whose rows all shift down.
  input  logic                        start_i,
  input  logic                        draining_i,
  input  logic                        top_i,      // the result of row 0, after which a row's turn is over
  input  logic [fl_pkg::SUM_BITS-1:0] sum_i,
  output logic                        draining_o,
  output logic                        top_o,
  output logic [fl_pkg::SUM_BITS-1:0] sum_o
);

  logic [OperandBits-1:0]      a_q, b_q;
  logic                        a_valid_q, b_last_q;
  logic                        draining_d, draining_q, top_d, top_q;
  logic [fl_pkg::SUM_BITS-1:0] sum_d, sum_q;
  logic [fl_pkg::SUM_BITS-1:0] mac, held;
  logic                        shifts, above_shifts, captures;

  assign shifts       = start_i | draining_q;
  assign above_shifts = !TopRow & (start_i | draining_i);
  assign captures     = a_valid_i & b_last_i;

  fl_mac #(.BaseBits(BaseBits), .ShiftBits(ShiftBits)) u_mac (.a_i, .b_i, .sum_i(held), .sum_o(mac));

  always_comb begin
    draining_d = draining_q;
    top_d      = top_q;
    sum_d      = sum_q;
    if (shifts) begin
      draining_d = ~top_q;
      top_d      = 1'b0;
      sum_d      = '0;
    end
    if (above_shifts) begin
      top_d = top_i;
      sum_d = sum_i;
    end
    if (captures) top_d = TopRow;
    if (Shadow ? captures : a_valid_i) sum_d = mac;
  end

  if (Shadow) begin : g_shadow
    logic [fl_pkg::SUM_BITS-1:0] accumulator_q;
    assign held = accumulator_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) accumulator_q <= '0;
      else if (a_valid_i) accumulator_q <= b_last_i ? '0 : mac;
    end
  end else begin : g_direct
    assign held = sum_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      a_valid_q  <= 1'b0;
      b_last_q   <= 1'b0;
      draining_q <= 1'b0;
      top_q      <= 1'b0;
      sum_q      <= '0;
    end else begin
      a_valid_q  <= a_valid_i;
      b_last_q   <= b_last_i;
      draining_q <= draining_d;
      top_q      <= top_d;
      sum_q      <= sum_d;
    end
  end

  always_ff @(posedge clk_i) begin
    a_q <= a_i;
    b_q <= b_i;
  end

  assign a_valid_o  = a_valid_q;
  assign a_o        = a_q;
  assign b_last_o   = b_last_q;
  assign b_o        = b_q;
  assign draining_o = draining_q;
  assign top_o      = top_q;
  assign sum_o      = sum_q;

  // The register holds a result that has not left.
`ifndef SYNTHESIS
  logic full_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) full_q <= 1'b0;
    else if (captures | above_shifts) full_q <= 1'b1;
    else if (shifts) full_q <= 1'b0;
  end
`endif
  `FL_ASSERT(LastComesWithAnOperand, !b_last_i || a_valid_i)
  `FL_ASSERT(OnlyAResultLeaves, !shifts || full_q)
  `FL_ASSERT(NoResultIsOverwritten, !above_shifts || !full_q || shifts)
  `FL_ASSERT(CaptureFindsTheRegisterFree, !captures || (!above_shifts && (!full_q || shifts)))
  `FL_ASSERT(SumOrShiftInACycle, Shadow || !a_valid_i || (!shifts && !above_shifts && !full_q))

endmodule
