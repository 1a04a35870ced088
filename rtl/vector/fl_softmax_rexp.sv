// REXP softmax of a row, 8 bits: two tables and one multiplier, no divider (docs/rtl/fl_softmax_rexp.md; Vasyltsov and Chang,
// arXiv:2111.10770). A row of n logits takes n cycles to load, n to sum, 1 to look alpha up and n to leave.
`include "fl_assert.svh"

module fl_softmax_rexp #(
  parameter int unsigned MaxLength = 64,
  localparam int unsigned IndexBits = $clog2(MaxLength)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic [23:0]       index_multiplier_i,  // round(S * 2^16), stable from a row's first logit to its last result
  input  logic              valid_i,
  output logic              ready_o,
  input  logic              last_i,
  input  logic signed [7:0] data_i,
  output logic              valid_o,
  input  logic              ready_i,
  output logic              last_o,
  output logic [7:0]        data_o
);

  typedef enum logic [1:0] { LOAD, SUM, SCALE, EMIT } state_t;

  state_t                   state_q, state_d;
  logic [IndexBits-1:0]     count_q, count_d, end_q;
  logic signed [7:0]        max_q;
  logic [IndexBits+7:0]     sum_q;
  logic [7:0]               alpha_q;
  logic signed [7:0]        row_q [0:MaxLength-1];

  logic takes, gives, at_end;

  assign ready_o = state_q == LOAD;
  assign valid_o = state_q == EMIT;
  assign at_end  = count_q == end_q;
  assign last_o  = at_end;
  assign takes   = valid_i & ready_o;
  assign gives   = valid_o & ready_i;

  always_comb begin
    state_d = state_q;
    count_d = count_q;
    unique case (state_q)
      LOAD: begin
        if (takes) begin
          count_d = last_i ? '0 : count_q + 1'b1;
          if (last_i) state_d = SUM;
        end
      end
      SUM: begin
        count_d = at_end ? '0 : count_q + 1'b1;
        if (at_end) state_d = SCALE;
      end
      SCALE: state_d = EMIT;
      default: begin
        if (gives) begin
          count_d = at_end ? '0 : count_q + 1'b1;
          if (at_end) state_d = LOAD;
        end
      end
    endcase
  end

  // Numerator of the logit at hand: round(e^-i * 255).
  logic signed [7:0] logit;
  logic [8:0]        distance;
  logic [32:0]       scaled;
  logic [7:0]        numerator;

  assign logit    = row_q[count_q];
  assign distance = {max_q[7], max_q} - {logit[7], logit};
  assign scaled   = {24'd0, distance} * {9'd0, index_multiplier_i};

  always_comb begin
    unique case (scaled[32:16])
      17'd0:   numerator = 8'd255;
      17'd1:   numerator = 8'd94;
      17'd2:   numerator = 8'd35;
      17'd3:   numerator = 8'd13;
      17'd4:   numerator = 8'd5;
      17'd5:   numerator = 8'd2;
      17'd6:   numerator = 8'd1;
      default: numerator = 8'd0;
    endcase
  end

  // Alpha: round(255 / j), j the sum in units of 255, rounded.
  logic [MaxLength*8-1:0] alphas;
  logic [IndexBits:0]     j;
  logic [IndexBits-1:0]   alpha_index;
  logic [IndexBits+8:0]   sum_rounded;

  for (genvar i = 1; i <= MaxLength; i++) begin : g_alpha
    localparam int unsigned Alpha = (510 + i) / (2 * i);
    assign alphas[(i-1)*8+:8] = Alpha[7:0];
  end

  assign sum_rounded = {1'b0, sum_q} + 128;
  assign j           = sum_rounded[IndexBits+8:8];
  assign alpha_index = j == '0 ? '0 : IndexBits'(j - 1'b1);

  // product / 255, rounded, without a divider.
  logic [15:0] product, rounded, quotient;

  assign product  = {8'd0, numerator} * {8'd0, alpha_q};
  assign rounded  = product + 16'd128;
  assign quotient = rounded + {8'd0, rounded[15:8]};
  assign data_o   = quotient[15:8];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= LOAD;
      count_q <= '0;
    end else begin
      state_q <= state_d;
      count_q <= count_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (takes) begin
      row_q[count_q] <= data_i;
      max_q          <= count_q == '0 || data_i > max_q ? data_i : max_q;
      end_q          <= count_q;
      sum_q          <= '0;
    end
    if (state_q == SUM) sum_q <= sum_q + {{IndexBits{1'b0}}, numerator};
    if (state_q == SCALE) alpha_q <= alphas[alpha_index*8+:8];
  end

  logic unused;
  assign unused = ^{scaled[15:0], sum_rounded[7:0], quotient[7:0]};

  `FL_CHECK_PARAMETER(LengthIsAPowerOfTwo, MaxLength >= 2 && (MaxLength & (MaxLength - 1)) == 0)
  `FL_ASSERT(RowFits, !takes || last_i || 32'(count_q) < MaxLength - 1)

endmodule
