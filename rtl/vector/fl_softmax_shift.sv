// Shiftmax of I-ViT (Li and Gu, ICCV 2023) for a row of 8-bit logits: ShiftExp, one division per row, one product per element
// (docs/rtl/fl_softmax_shift.md). Results have 15 fraction bits.
`include "fl_assert.svh"

module fl_softmax_shift #(
  parameter int unsigned MaxLength = 64,
  parameter int unsigned ScaleBits = 8,
  localparam int unsigned ReciprocalBits = ScaleBits + 11
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic [ScaleBits-1:0]      inverse_scale_i,  // I0 and its reciprocal (fl_shift_exp): stable from a row's first logit to
  input  logic [ReciprocalBits-1:0] reciprocal_i,     // its last result
  input  logic                      valid_i,
  output logic                      ready_o,
  input  logic                      last_i,
  input  logic signed [7:0]         data_i,
  output logic                      valid_o,
  input  logic                      ready_i,
  output logic                      last_o,
  output logic [15:0]               data_o
);

  localparam int unsigned FRACTION   = 15;
  localparam int unsigned INDEX_BITS = $clog2(MaxLength);
  localparam int unsigned EXP_BITS   = ScaleBits + FRACTION;
  localparam int unsigned SUM_BITS   = EXP_BITS + INDEX_BITS;

  logic signed [7:0]     element, max;
  logic [INDEX_BITS-1:0] index, end_index;
  logic                  enable, reducing, summed, divides, divided;
  logic [3:0]            reduces;

  fl_row #(.MaxLength(MaxLength), .DataBits(8), .Latency(4)) u_row (
    .clk_i, .rst_ni, .valid_i, .ready_o, .last_i, .data_i,
    .element_o(element), .index_o(index), .max_o(max), .end_o(end_index), .go_i(1'b1),
    .enable_o(enable), .reduces_o(reduces), .reducing_o(reducing), .summed_o(summed), .scalar_done_i(divided),
    .valid_o, .ready_i, .last_o
  );

  // 1 to 3. The exponential.
  logic [EXP_BITS-1:0] exponential;

  fl_shift_exp #(.DistanceBits(9), .ScaleBits(ScaleBits), .Fraction(FRACTION)) u_exp (
    .clk_i, .enable_i(enable), .inverse_scale_i, .reciprocal_i, .distance_i({max[7], max} - {element[7], element}), .exp_o(exponential)
  );

  // Between the passes: floor((2^31 - 1) / sum). The sum is at least 2^FRACTION.
  logic [SUM_BITS-1:0] sum_q;
  logic [30:0]         factor, remainder;

  fl_divide #(.Width(31)) u_divide (
    .clk_i, .rst_ni, .start_i(summed & ~divides & ~divided), .numerator_i(31'h7fff_ffff), .denominator_i(31'(sum_q)),
    .busy_o(divides), .done_o(divided), .quotient_o(factor), .remainder_o(remainder)
  );

  // 4. The product.
  logic [EXP_BITS+16:0] product;
  logic [15:0]          data_q;

  assign product = (EXP_BITS + 17)'(exponential) * (EXP_BITS + 17)'(factor[16:0]);

  always_ff @(posedge clk_i) begin
    if (ready_o) sum_q <= '0;
    else if (enable && reduces[2]) sum_q <= sum_q + SUM_BITS'(exponential);
    if (enable) data_q <= product[31:16];
  end

  assign data_o = data_q;

  logic unused;
  assign unused = ^{index, end_index, reducing, reduces[3], reduces[1:0], remainder, factor[30:17], product[EXP_BITS+16:32], product[15:0]};

  `FL_CHECK_PARAMETER(SumFits31Bits, SUM_BITS <= 31)

endmodule
