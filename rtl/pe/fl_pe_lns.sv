// LNS PE with hybrid conversion (docs/rtl/fl_pe_lns.md; LNS-Madam, Zhao et al.): a product of logarithmic numbers is a sum of codes.
// A dot product keeps 2^LogGamma sums of shifted ones, one per remainder of the exponent; its end turns them into an integer: a table
// of 2^LogTable constants for the upper remainder bits, Mitchell's 1 + x for the lower ones. Four stages that move together.
`include "fl_assert.svh"

module fl_pe_lns #(
  parameter int unsigned Bits     = 8,   // of a code, sign included
  parameter int unsigned LogGamma = 3,
  parameter int unsigned LogTable = 1,
  parameter int unsigned SumBits  = 24,  // sums wrap modulo 2^SumBits
  parameter int unsigned Drop     = 12,  // products below 2^Drop are lost
  localparam int unsigned TotalBits = SumBits + 9 + 2 * LogGamma
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        valid_i,
  output logic                        ready_o,
  input  logic                        first_i,  // starts a dot product
  input  logic                        last_i,   // ends it
  input  logic [Bits-1:0]             a_i,
  input  logic [Bits-1:0]             b_i,
  output logic                        valid_o,
  input  logic                        ready_i,
  output logic signed [TotalBits-1:0] total_o   // in units of 2^(Drop - 8 - LogGamma)
);

  localparam int unsigned GAMMA    = 1 << LogGamma;
  localparam int unsigned TABLE    = 1 << LogTable;
  localparam int unsigned LOW      = GAMMA / TABLE;                // remainders per constant
  localparam int unsigned MIX_BITS = SumBits + 2 * LogGamma + 1;

  // round(2^(i / 8) * 2^8), entry 0 in the low bits.
  localparam logic [71:0] POWER = {9'd470, 9'd431, 9'd395, 9'd362, 9'd332, 9'd304, 9'd279, 9'd256};

  logic       enable;
  logic [3:0] valid_q;  // stage 1 holds a product, 2 a complete dot product, 3 its mixed sums, 4 the total

  assign enable  = ~valid_q[3] | ready_i;
  assign ready_o = enable;
  assign valid_o = valid_q[3];

  // 1. Add the exponents.
  logic            first_q, last_q, negative_q;
  logic [Bits-1:0] exponent_q;

  // 2. Add a shifted one to the sum of its remainder.
  logic [Bits-LogGamma-1:0]   whole;
  logic [LogGamma-1:0]        remainder;
  logic signed [SumBits-1:0]  term;
  logic [GAMMA*SumBits-1:0]   sums_q;

  assign whole     = exponent_q[Bits-1:LogGamma];
  assign remainder = exponent_q[LogGamma-1:0];

  always_comb begin
    term = '0;
    if (32'(whole) >= Drop) term = SumBits'(1) << (32'(whole) - Drop);
    if (negative_q) term = -term;
  end

  for (genvar r = 0; r < GAMMA; r++) begin : g_sum
    logic [SumBits-1:0] kept;
    assign kept = first_q ? '0 : sums_q[r*SumBits+:SumBits];
    always_ff @(posedge clk_i) begin
      if (enable && valid_q[0]) sums_q[r*SumBits+:SumBits] <= kept + (remainder == LogGamma'(r) ? term : '0);
    end
  end

  // 3. Lower remainder bits: a weight of GAMMA + low. 4. Upper ones: a constant.
  logic [TABLE*MIX_BITS-1:0]   mixed, mixed_q;
  logic signed [TotalBits-1:0] total, total_q;

  for (genvar h = 0; h < TABLE; h++) begin : g_mix
    logic signed [MIX_BITS-1:0] sum;
    always_comb begin
      sum = '0;
      for (int low = 0; low < LOW; low++) sum = sum + MIX_BITS'(signed'(sums_q[(h*LOW+low)*SumBits+:SumBits])) * MIX_BITS'(GAMMA + low);
    end
    assign mixed[h*MIX_BITS+:MIX_BITS] = sum;
  end

  always_comb begin
    total = '0;
    for (int h = 0; h < TABLE; h++) begin
      total = total + TotalBits'(signed'(mixed_q[h*MIX_BITS+:MIX_BITS])) * TotalBits'(POWER[(h*LOW*8/GAMMA)*9+:9]);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else if (enable) valid_q <= {valid_q[2:1], valid_q[0] & last_q, valid_i};
  end

  always_ff @(posedge clk_i) begin
    if (enable) begin
      first_q    <= first_i;
      last_q     <= last_i;
      negative_q <= a_i[Bits-1] ^ b_i[Bits-1];
      exponent_q <= {1'b0, a_i[Bits-2:0]} + {1'b0, b_i[Bits-2:0]};
      mixed_q    <= mixed;
      total_q    <= total;
    end
  end

  assign total_o = total_q;

  `FL_CHECK_PARAMETER(BaseHasUpToEightSteps, LogGamma >= 1 && LogGamma <= 3 && LogTable <= LogGamma && Bits > LogGamma + 1)

endmodule
