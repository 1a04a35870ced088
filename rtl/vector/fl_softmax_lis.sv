// Log-int-softmax of FQ-ViT (Lin et al., IJCAI 2022) for a row of 8-bit logits: results are powers of two (docs/rtl/fl_softmax_lis.md).
// No divider: the rounded logarithm of the rounded ratio sum / e is the number of thresholds that the sum reaches.
module fl_softmax_lis #(
  parameter int unsigned MaxLength   = 64,
  parameter int unsigned X0Bits      = 7,
  parameter int unsigned MaxHalvings = 20,
  localparam int unsigned ReciprocalBits = X0Bits + 10,
  localparam int unsigned BBits          = X0Bits + 2,
  localparam int unsigned CBits          = 2 * X0Bits + 3
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic [X0Bits-1:0]         x0_i,          // constants of i-exp (fl_iexp_lane, DistanceBits 9): stable from a row's first
  input  logic [ReciprocalBits-1:0] reciprocal_i,  // logit to its last result
  input  logic [BBits-1:0]          b_i,
  input  logic [CBits-1:0]          c_i,
  input  logic                      valid_i,
  output logic                      ready_o,
  input  logic                      last_i,
  input  logic signed [7:0]         data_i,
  output logic                      valid_o,
  input  logic                      ready_i,
  output logic                      last_o,
  output logic [4:0]                code_o         // value 2^-code, 16: zero
);

  localparam int unsigned INDEX_BITS = $clog2(MaxLength);
  localparam int unsigned CODES      = 16;
  localparam int unsigned EXP_BITS   = CBits + MaxHalvings;
  localparam int unsigned SUM_BITS   = EXP_BITS + INDEX_BITS;
  localparam int unsigned BITS       = (EXP_BITS + CODES + 1 > SUM_BITS ? EXP_BITS + CODES + 1 : SUM_BITS) + 1;

  logic signed [7:0]     element, max;
  logic [INDEX_BITS-1:0] index, end_index;
  logic                  enable, reducing, summed;
  logic [4:0]            reduces;

  fl_row #(.MaxLength(MaxLength), .DataBits(8), .Latency(5)) u_row (
    .clk_i, .rst_ni, .valid_i, .ready_o, .last_i, .data_i,
    .element_o(element), .index_o(index), .max_o(max), .end_o(end_index), .go_i(1'b1),
    .enable_o(enable), .reduces_o(reduces), .reducing_o(reducing), .summed_o(summed), .scalar_done_i(summed),
    .valid_o, .ready_i, .last_o
  );

  // 1 to 3. The exponential; 4. its shift.
  logic [CBits-1:0]    polynomial;
  logic [4:0]          halvings;
  logic [EXP_BITS-1:0] e_q;

  fl_iexp_lane #(.DistanceBits(9), .X0Bits(X0Bits), .MaxHalvings(MaxHalvings)) u_exp (
    .clk_i, .enable_i(enable), .x0_i, .reciprocal_i, .b_i, .c_i, .distance_i({max[7], max} - {element[7], element}),
    .polynomial_o(polynomial), .halvings_o(halvings)
  );

  // 5. Threshold k is that of the ratio T - 1/2, T = 2, 3, 6, 12 ...; a ratio of 2.5 rounds to 2, so k = 2 must be exceeded.
  logic [SUM_BITS-1:0] sum_q, total_q;  // the next row's sum begins before the last results have left
  logic [BITS-1:0]     twice_sum, e;
  logic [CODES:1]      reached;
  logic [4:0]          code, code_q;

  assign twice_sum = BITS'({total_q, 1'b0});
  assign e         = BITS'(e_q);

  for (genvar k = 1; k <= CODES; k++) begin : g_threshold
    if (k == 1) begin : g_first
      assign reached[k] = twice_sum >= (e << 1) + e;
    end else if (k == 2) begin : g_tie
      assign reached[k] = twice_sum > (e << 2) + e;
    end else begin : g_other
      assign reached[k] = twice_sum >= (((e << 1) + e) << (k - 1)) - e;
    end
  end

  always_comb begin
    code = 5'd0;
    for (int k = 1; k <= CODES; k++) code = code + {4'd0, reached[k]};
  end

  always_ff @(posedge clk_i) begin
    if (ready_o) sum_q <= '0;
    else if (enable && reduces[3]) sum_q <= sum_q + SUM_BITS'(e_q);
    if (summed) total_q <= sum_q;
    if (enable) begin
      e_q    <= EXP_BITS'(polynomial) << (5'(MaxHalvings) - halvings);
      code_q <= code;
    end
  end

  assign code_o = code_q;

  logic unused;
  assign unused = ^{index, end_index, reducing, reduces[4], reduces[2:0]};

endmodule
