// Lanes and reductions of the vector unit: layernorm (I-BERT) up to the encoder (docs/rtl/fl_vector_layernorm.md,
// docs/contracts/vector.md). A row comes three times: pass 0 sums it, pass 1 sums the squares of the centred elements, pass 2 gives the
// results. Latency 7 in pass 2, one group of elements per cycle; at least 17 cycles between passes 0 and 1, 114 between 1 and 2. One
// divider serves the mean, the root (at most six divisions for sums below 2^48) and the factor.
module fl_vector_layernorm #(
  parameter int unsigned Lanes = 4
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                valid_i,
  input  logic [1:0]          pass_i,
  input  logic                first_i,       // the pass's first group
  input  logic                ends_i,        // its last one
  input  logic [Lanes-1:0]    used_i,        // elements of the group
  input  logic [16*Lanes-1:0] element_i,
  input  logic [32*Lanes-1:0] bias_i,
  input  logic [32*Lanes-1:0] multiplier_i,
  input  logic [6*Lanes-1:0]  shift_i,
  output logic                valid_o,
  output logic [32*Lanes-1:0] value_o
);

  localparam int unsigned LENGTH_BITS = 17, SQUARES_BITS = 48, ROOT_BITS = 26;
  localparam logic [4:0] MEAN_STEPS = 5'd8, ROOT_STEPS = 5'd13, FACTOR_STEPS = 5'd16;

  // Pass 0: sum and length.
  logic signed [31:0]       sum_q, group_sum;
  logic [LENGTH_BITS-1:0]   length_q, group_length;
  logic                     summed_q;

  always_comb begin
    group_sum    = first_i ? '0 : sum_q;
    group_length = first_i ? '0 : length_q;
    for (int unsigned i = 0; i < Lanes; i++) begin
      if (used_i[i]) begin
        group_sum    = group_sum + 32'(signed'(element_i[16*i+:16]));
        group_length = group_length + 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i && pass_i == 2'd0) begin
      sum_q    <= group_sum;
      length_q <= group_length;
    end
  end

  // Passes 1 and 2: centre. Pass 1: the sum of the squares.
  logic signed [15:0]      mean_q;
  logic [17*Lanes-1:0]     centred_q;
  logic                    squaring_q, squared_q;  // squares are being added; they are all there
  logic                    first1_q;
  logic [Lanes-1:0]        used1_q;
  logic [SQUARES_BITS-1:0] squares_q, group_squares;

  always_comb begin
    group_squares = first1_q ? '0 : squares_q;
    for (int unsigned i = 0; i < Lanes; i++) begin
      if (used1_q[i]) begin
        group_squares = group_squares + SQUARES_BITS'(34'(signed'(centred_q[17*i+:17])) * 34'(signed'(centred_q[17*i+:17])));
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Lanes; i++) centred_q[17*i+:17] <= 17'(signed'(element_i[16*i+:16])) - 17'(mean_q);
    first1_q <= first_i;
    used1_q  <= used_i;
    if (squaring_q) squares_q <= group_squares;
  end

  // What the divider does: the mean to the nearest, ties to even, of the magnitude, since that rule is the same for both signs; the root of
  // the squares by Newton steps until it no longer falls; floor(2^31 / root), or 0 for no squares.
  typedef enum logic [1:0] {MEAN, ROOT, FACTOR} work_e;
  work_e                  work_q;
  logic                   ends1_q, start, done, root_stays, rounds_up;
  logic [4:0]             steps;
  logic [ROOT_BITS-1:0]   high, denominator, remainder, root_q, first_root, next_root;
  logic [31:0]            low, quotient, sum_magnitude, factor_q;
  logic [LENGTH_BITS-1:0] rest;
  logic signed [15:0]     mean_magnitude;

  fl_divide_radix4 #(.Width(ROOT_BITS)) u_divide (
    .clk_i, .rst_ni, .start_i(start), .steps_i(steps), .high_i(high), .low_i(low), .denominator_i(denominator),
    .done_o(done), .quotient_o(quotient), .remainder_o(remainder)
  );

  assign sum_magnitude  = sum_q < 0 ? -sum_q : sum_q;
  assign rest           = remainder[LENGTH_BITS-1:0];
  assign rounds_up      = rest > length_q - rest || (rest == length_q - rest && quotient[0]);
  assign mean_magnitude = quotient[15:0] + 16'(rounds_up);

  always_comb begin
    first_root = ROOT_BITS'(1);  // 2^ceil(bits / 2)
    for (int i = 0; i < SQUARES_BITS; i++) begin
      if (squares_q[i]) first_root = ROOT_BITS'(1) << ((i + 2) / 2);
    end
  end

  assign next_root  = ROOT_BITS'((33'(root_q) + 33'(quotient)) >> 1);
  assign root_stays = next_root >= root_q;

  always_comb begin
    start       = summed_q || squared_q || (done && work_q == ROOT);
    steps       = ROOT_STEPS;
    high        = ROOT_BITS'(squares_q >> (2 * ROOT_STEPS));
    low         = {squares_q[2*ROOT_STEPS-1:0], 6'd0};
    denominator = squared_q ? first_root : next_root;
    if (summed_q) begin
      steps       = MEAN_STEPS;
      high        = ROOT_BITS'(sum_magnitude >> (2 * MEAN_STEPS));
      low         = {sum_magnitude[2*MEAN_STEPS-1:0], 16'd0};
      denominator = ROOT_BITS'(length_q);
    end else if (!squared_q && root_stays) begin
      steps       = FACTOR_STEPS;
      high        = '0;
      low         = 32'h8000_0000;
      denominator = root_q;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      summed_q   <= 1'b0;
      squaring_q <= 1'b0;
      ends1_q    <= 1'b0;
      squared_q  <= 1'b0;
      work_q     <= MEAN;
    end else begin
      summed_q   <= valid_i && ends_i && pass_i == 2'd0;
      squaring_q <= valid_i && pass_i == 2'd1;
      ends1_q    <= ends_i;
      squared_q  <= squaring_q && ends1_q;
      if (summed_q) work_q <= MEAN;
      else if (squared_q) work_q <= ROOT;
      else if (done && work_q == ROOT && root_stays) work_q <= FACTOR;
    end
  end

  always_ff @(posedge clk_i) begin
    if (squared_q) root_q <= first_root;
    else if (done && work_q == ROOT && !root_stays) root_q <= next_root;
    if (done && work_q == MEAN) mean_q <= sum_q < 0 ? -mean_magnitude : mean_magnitude;
    if (done && work_q == FACTOR) factor_q <= squares_q == '0 ? '0 : quotient;
  end

  // Pass 2: times the factor; halve and add the bias; rescale.
  fl_delay #(.Depth(7), .Reset(1'b1)) u_valid (.clk_i, .rst_ni, .data_i(valid_i && pass_i == 2'd2), .data_o(valid_o));

  for (genvar i = 0; i < Lanes; i++) begin : g_result
    logic signed [48:0] product_q, result_q;
    logic signed [31:0] bias;
    logic [31:0]        multiplier;
    logic [5:0]         shift;

    fl_delay #(.Width(32), .Depth(2)) u_bias (.clk_i, .rst_ni, .data_i(bias_i[32*i+:32]), .data_o(bias));
    fl_delay #(.Width(38), .Depth(3)) u_scale (
      .clk_i, .rst_ni, .data_i({multiplier_i[32*i+:32], shift_i[6*i+:6]}), .data_o({multiplier, shift})
    );

    always_ff @(posedge clk_i) begin
      product_q <= 49'(signed'(centred_q[17*i+:17])) * 49'(signed'({1'b0, factor_q}));
      result_q  <= (product_q >>> 1) + 49'(bias);
    end

    fl_requantize_wide #(.DataBits(49)) u_out (
      .clk_i, .data_i(result_q), .multiplier_i(multiplier), .shift_i(shift), .data_o(value_o[32*i+:32])
    );
  end

  logic unused;
  assign unused = ^remainder[ROOT_BITS-1:LENGTH_BITS];

endmodule
