// Integer LayerNorm of a row with an iterative square root (docs/rtl/fl_layernorm.md). Ivit = 0: i-LayerNorm of I-BERT (Kim et al., ICML
// 2021), Newton steps until the root no longer falls; Ivit = 1: I-LayerNorm of I-ViT (Li and Gu, ICCV 2023), ten steps from 2^16.
// One divider serves the mean, the root and the factor.
`include "fl_assert.svh"

module fl_layernorm #(
  parameter int unsigned MaxLength = 16,
  parameter int unsigned DataBits  = 16,
  parameter int unsigned Ivit      = 0,
  localparam int unsigned IndexBits = $clog2(MaxLength)
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       valid_i,
  output logic                       ready_o,
  input  logic                       last_i,
  input  logic signed [DataBits-1:0] data_i,
  output logic [IndexBits-1:0]       column_o,  // of the bias that bias_i must be in the same cycle
  input  logic signed [30:0]         bias_i,
  output logic                       valid_o,
  input  logic                       ready_i,
  output logic                       last_o,
  output logic signed [31:0]         data_o
);

  localparam int unsigned SUM_BITS    = DataBits + IndexBits;
  localparam int unsigned SQUARE_BITS = 2 * DataBits + IndexBits;
  localparam int unsigned WIDTH       = SQUARE_BITS > 33 ? SQUARE_BITS : 33;  // of the divider
  localparam int unsigned STEPS       = 10;

  logic signed [DataBits-1:0] element, max;
  logic [IndexBits-1:0]       index, end_index;
  logic                       enable, reducing, summed;
  logic [2:0]                 reduces;
  logic                       mean_known_q, scaled;

  fl_row #(.MaxLength(MaxLength), .DataBits(DataBits), .Latency(3)) u_row (
    .clk_i, .rst_ni, .valid_i, .ready_o, .last_i, .data_i,
    .element_o(element), .index_o(index), .max_o(max), .end_o(end_index), .go_i(mean_known_q),
    .enable_o(enable), .reduces_o(reduces), .reducing_o(reducing), .summed_o(summed), .scalar_done_i(scaled),
    .valid_o, .ready_i, .last_o
  );
  assign column_o = index;

  // The divider and what it works on.
  logic             start, busy, done;
  logic [WIDTH-1:0] numerator, denominator, quotient, remainder;

  fl_divide #(.Width(WIDTH)) u_divide (
    .clk_i, .rst_ni, .start_i(start), .numerator_i(numerator), .denominator_i(denominator),
    .busy_o(busy), .done_o(done), .quotient_o(quotient), .remainder_o(remainder)
  );

  // Mean: sum / length to the nearest, ties to even; of the magnitude, since that rule is the same for both signs.
  logic signed [SUM_BITS-1:0] sum_q;
  logic [SUM_BITS-1:0]        sum_magnitude;
  logic [IndexBits:0]         length;
  logic                       rounds_up;
  logic signed [DataBits:0]   mean_magnitude, mean_q;

  assign sum_magnitude  = sum_q < 0 ? -sum_q : sum_q;
  assign length         = {1'b0, end_index} + 1'b1;
  assign rounds_up      = remainder[IndexBits:0] > length - remainder[IndexBits:0] ||
                          (remainder[IndexBits:0] == length - remainder[IndexBits:0] && quotient[0]);
  assign mean_magnitude = quotient[DataBits:0] + (DataBits + 1)'(rounds_up);

  // Square root of the sum of squares, then floor((2^31 - Ivit) / root); 0 for root 0.
  logic [SQUARE_BITS-1:0] squares_q;
  logic [WIDTH-1:0]       root_q, next_root, first_root;
  logic                   rooting_q, rooted_q, root_stays;
  logic [3:0]             step_q;
  logic [31:0]            factor_q;

  always_comb begin
    first_root = WIDTH'(1);  // 2^ceil(bits / 2)
    for (int i = 0; i < SQUARE_BITS; i++) begin
      if (squares_q[i]) first_root = WIDTH'(1) << ((i + 2) / 2);
    end
    if (Ivit != 0) first_root = WIDTH'(65536);
  end

  assign next_root = (root_q + quotient) >> 1;

  // What the divider does next: the mean in the reducing pass, then the root, then the factor.
  logic starts_mean, starts_root, starts_factor, no_root;

  assign starts_mean   = reducing && !mean_known_q && !busy && !done;
  assign no_root       = Ivit == 0 && squares_q == '0;
  assign root_stays    = Ivit != 0 ? step_q == 4'(STEPS - 1) : next_root >= root_q;
  assign starts_root   = summed && rooting_q && !rooted_q && !busy && !done;
  assign starts_factor = summed && rooted_q && !busy && !done;
  assign start         = starts_mean | starts_root | starts_factor;
  assign scaled        = (summed && rooted_q && done) || (summed && !rooting_q && no_root);

  always_comb begin
    numerator   = WIDTH'(squares_q);
    denominator = root_q;
    if (reducing) begin
      numerator   = WIDTH'(sum_magnitude);
      denominator = WIDTH'(length);
    end else if (rooted_q) begin
      numerator = Ivit != 0 ? WIDTH'(32'h7fff_ffff) : WIDTH'(32'h8000_0000);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mean_known_q <= 1'b0;
      rooting_q    <= 1'b0;
      rooted_q     <= 1'b0;
    end else begin
      if (ready_o) mean_known_q <= 1'b0;
      else if (reducing && done) mean_known_q <= 1'b1;
      if (!summed) begin
        rooting_q <= 1'b0;
        rooted_q  <= 1'b0;
      end else begin
        rooting_q <= 1'b1;
        if (rooting_q && done && root_stays) rooted_q <= 1'b1;
      end
    end
  end

  // 1. Centre; 2. square, or product with the factor; 3. halve and add the bias.
  logic signed [DataBits:0]    centred, y_q;
  logic signed [30:0]          bias1_q, bias2_q;
  logic signed [DataBits+33:0] product_q;
  logic signed [31:0]          data_q;

  assign centred = (DataBits + 1)'(element) - mean_q;

  always_ff @(posedge clk_i) begin
    if (ready_o) begin
      squares_q <= '0;
      if (valid_i) sum_q <= index == '0 ? SUM_BITS'(data_i) : sum_q + SUM_BITS'(data_i);
    end
    if (reducing && done) mean_q <= sum_q < 0 ? -mean_magnitude : mean_magnitude;
    if (enable) begin
      y_q       <= centred;
      bias1_q   <= bias_i;
      product_q <= (DataBits + 34)'(y_q) * (DataBits + 34)'(signed'({1'b0, factor_q}));
      bias2_q   <= bias1_q;
      data_q    <= 32'(product_q >>> 1) + 32'(bias2_q);
      if (reduces[0]) squares_q <= squares_q + SQUARE_BITS'((SQUARE_BITS + 2)'(y_q) * (SQUARE_BITS + 2)'(y_q));
    end
    if (summed && !rooting_q) begin
      root_q <= first_root;
      step_q <= '0;
    end else if (done && !rooted_q && (Ivit != 0 || !root_stays)) begin
      root_q <= next_root;
      step_q <= step_q + 1'b1;
    end
    if (scaled) factor_q <= rooted_q ? quotient[31:0] : '0;
  end

  assign data_o = data_q;

  logic unused;
  assign unused = ^{max, reduces[2:1], remainder[WIDTH-1:IndexBits+1]};

  `FL_CHECK_PARAMETER(RootStartsAbove, Ivit == 0 || SQUARE_BITS <= 48)

endmodule
