// Unsigned divider, one bit of the quotient per cycle (docs/rtl/fl_divide.md). start_i takes the operands; done_o is high in the cycle
// after Width steps, and quotient and remainder stay until the next start. A denominator of 0 gives a quotient of ones.
`include "fl_assert.svh"

module fl_divide #(
  parameter int unsigned Width = 32
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             start_i,   // not while busy_o
  input  logic [Width-1:0] numerator_i,
  input  logic [Width-1:0] denominator_i,
  output logic             busy_o,
  output logic             done_o,
  output logic [Width-1:0] quotient_o,
  output logic [Width-1:0] remainder_o
);

  localparam int unsigned COUNT_BITS = $clog2(Width + 1);

  logic [COUNT_BITS-1:0] left_q;
  logic                  done_q;
  logic [Width-1:0]      quotient_q, denominator_q, remainder_q;   // the numerator leaves quotient_q at the top
  logic [Width:0]        shifted, difference;

  assign busy_o     = left_q != '0;
  assign shifted    = {remainder_q, quotient_q[Width-1]};
  assign difference = shifted - {1'b0, denominator_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q <= '0;
      done_q <= 1'b0;
    end else begin
      done_q <= left_q == COUNT_BITS'(1);
      if (start_i) left_q <= COUNT_BITS'(Width);
      else if (busy_o) left_q <= left_q - 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      quotient_q    <= numerator_i;
      denominator_q <= denominator_i;
      remainder_q   <= '0;
    end else if (busy_o) begin
      quotient_q  <= {quotient_q[Width-2:0], ~difference[Width]};
      remainder_q <= difference[Width] ? shifted[Width-1:0] : difference[Width-1:0];
    end
  end

  assign done_o      = done_q;
  assign quotient_o  = quotient_q;
  assign remainder_o = remainder_q;

  `FL_ASSERT(OneDivisionAtATime, !(start_i && busy_o))

endmodule
