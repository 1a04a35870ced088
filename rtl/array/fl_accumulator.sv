// Accumulator buffer of one column with its adder: an arriving sum overwrites or adds to a word (docs/rtl/fl_accumulator.md).
// The word is updated at the edge that ends the cycle; the read port shows the words as they stand in a cycle.
`include "fl_assert.svh"

module fl_accumulator #(
  parameter int unsigned Depth = 16,
  localparam int unsigned AddressBits = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        valid_i,
  input  logic                        overwrite_i,
  input  logic [AddressBits-1:0]      address_i,
  input  logic [fl_pkg::SUM_BITS-1:0] sum_i,
  input  logic [AddressBits-1:0]      read_address_i,
  output logic [fl_pkg::SUM_BITS-1:0] read_sum_o
);

  `FL_CHECK_PARAMETER(BufferHasAWord, Depth > 0)

  logic [fl_pkg::SUM_BITS-1:0] words_q [0:Depth-1];
  logic [fl_pkg::SUM_BITS-1:0] old;

  assign old        = overwrite_i ? '0 : words_q[address_i];
  assign read_sum_o = words_q[read_address_i];

  always_ff @(posedge clk_i) begin
    if (rst_ni & valid_i) words_q[address_i] <= old + sum_i;
  end

  `FL_ASSERT(AddressIsInTheBuffer, !valid_i || 32'(address_i) < Depth)

endmodule
