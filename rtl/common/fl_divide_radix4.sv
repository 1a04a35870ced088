// Unsigned divider, two bits of the quotient per cycle, for quotients of 2 Steps bits that are known to be enough: start_i takes Steps, the
// numerator's bits above the lowest 2 Steps (less than the denominator) and those lowest bits at the top of low_i. done_o is high in
// the cycle after the last step; quotient and remainder stay until the next start.
module fl_divide_radix4 #(
  parameter int unsigned Width = 26  // of denominator and remainder
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             start_i,
  input  logic [4:0]       steps_i,
  input  logic [Width-1:0] high_i,
  input  logic [31:0]      low_i,
  input  logic [Width-1:0] denominator_i,
  output logic             done_o,
  output logic [31:0]      quotient_o,
  output logic [Width-1:0] remainder_o
);

  logic [4:0]       left_q;
  logic             done_q;
  logic [31:0]      quotient_q;  // the numerator leaves it at the top
  logic [Width-1:0] denominator_q, remainder_q, between;
  logic [Width:0]   shifted1, shifted2, difference1, difference2;

  assign shifted1    = {remainder_q, quotient_q[31]};
  assign difference1 = shifted1 - {1'b0, denominator_q};
  assign between     = difference1[Width] ? shifted1[Width-1:0] : difference1[Width-1:0];
  assign shifted2    = {between, quotient_q[30]};
  assign difference2 = shifted2 - {1'b0, denominator_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q <= '0;
      done_q <= 1'b0;
    end else begin
      done_q <= left_q == 5'd1 && !start_i;
      if (start_i) left_q <= steps_i;
      else if (left_q != '0) left_q <= left_q - 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      quotient_q    <= low_i;
      denominator_q <= denominator_i;
      remainder_q   <= high_i;
    end else if (left_q != '0) begin
      quotient_q  <= {quotient_q[29:0], ~difference1[Width], ~difference2[Width]};
      remainder_q <= difference2[Width] ? shifted2[Width-1:0] : difference2[Width-1:0];
    end
  end

  assign done_o      = done_q;
  assign quotient_o  = quotient_q;
  assign remainder_o = remainder_q;

endmodule
