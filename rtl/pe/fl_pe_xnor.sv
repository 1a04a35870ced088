// Binary PE: a dot product of Width weights and activations of +-1 per cycle, added to a sum (docs/rtl/fl_pe_xnor.md).
// Bit 1 is +1: the products are XNORs, their sum is Width - 2 * popcount(a ^ b). Latency 1.
module fl_pe_xnor #(
  parameter int unsigned Width = 32
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        valid_i,
  input  logic                        first_i,  // starts a new sum
  input  logic [Width-1:0]            a_i,
  input  logic [Width-1:0]            b_i,
  output logic                        valid_o,
  output logic [fl_pkg::SUM_BITS-1:0] sum_o
);

  logic [Width-1:0]            differ;
  logic [fl_pkg::SUM_BITS-1:0] count, dot, sum_q;
  logic                        valid_q;

  assign differ = a_i ^ b_i;

  always_comb begin
    count = '0;
    for (int i = 0; i < Width; i++) count = count + {31'd0, differ[i]};
  end

  assign dot = Width - (count << 1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) sum_q <= (first_i ? '0 : sum_q) + dot;
  end

  assign valid_o = valid_q;
  assign sum_o   = sum_q;

endmodule
