// Lanes and reductions of the vector unit: softmax (REXP, 8 bits) up to the encoder (docs/rtl/fl_vector_softmax.md,
// docs/contracts/vector.md). A row comes three times: pass 0 finds its maximum, pass 1 sums the numerators, pass 2 gives the results.
// Latency 7 in pass 2, one group of elements per cycle; at least 1 cycle between passes 0 and 1, 3 between 1 and 2.
module fl_vector_softmax #(
  parameter int unsigned Lanes = 4
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                valid_i,
  input  logic [1:0]          pass_i,
  input  logic                first_i,             // the pass's first group
  input  logic                ends_i,              // its last one
  input  logic [Lanes-1:0]    used_i,              // elements of the group
  input  logic [8*Lanes-1:0]  logit_i,
  input  logic [23:0]         index_multiplier_i,  // round(S * 2^16)
  input  logic [31:0]         out_multiplier_i,
  input  logic [5:0]          out_shift_i,
  output logic                valid_o,
  output logic [32*Lanes-1:0] value_o
);

  localparam int unsigned ALPHAS = 256;

  logic signed [7:0]  max_q;
  logic        [31:0] sum_q;
  logic        [7:0]  alpha_q;

  // 1. Every pass: the logit, and its numerator, round(e^-i * 255).
  logic                    valid1_q, first1_q, ends1_q;
  logic        [1:0]       pass1_q;
  logic        [Lanes-1:0] used1_q;
  logic [8*Lanes-1:0]      logit1_q, numerator1_q;

  for (genvar i = 0; i < Lanes; i++) begin : g_numerator
    logic signed [7:0] logit;
    logic [8:0]        distance;
    logic [32:0]       scaled;
    logic [7:0]        numerator;
    logic              unused;

    assign logit    = logit_i[8*i+:8];
    assign distance = {max_q[7], max_q} - {logit[7], logit};
    assign scaled   = {24'd0, distance} * {9'd0, index_multiplier_i};
    assign unused   = ^scaled[15:0];

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

    always_ff @(posedge clk_i) begin
      logit1_q[8*i+:8]     <= logit;
      numerator1_q[8*i+:8] <= numerator;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid1_q <= 1'b0;
    else valid1_q <= valid_i;
  end

  always_ff @(posedge clk_i) begin
    first1_q <= first_i;
    ends1_q  <= ends_i;
    pass1_q  <= pass_i;
    used1_q  <= used_i;
  end

  // 2. Passes 0 and 1: the reductions. 3. After pass 1: alpha, round(255 / j), j the sum in units of 255, rounded.
  logic signed [7:0]  group_max;
  logic        [31:0] group_sum;
  logic               summed_q;

  always_comb begin
    group_max = first1_q ? -8'sd128 : max_q;
    group_sum = first1_q ? '0 : sum_q;
    for (int unsigned i = 0; i < Lanes; i++) begin
      if (used1_q[i] && signed'(logit1_q[8*i+:8]) > group_max) group_max = logit1_q[8*i+:8];
      if (used1_q[i]) group_sum = group_sum + {24'd0, numerator1_q[8*i+:8]};
    end
  end

  logic [8*ALPHAS-1:0] alphas;
  logic [32:0]         rounded;
  logic [7:0]          alpha_index;

  for (genvar i = 1; i <= ALPHAS; i++) begin : g_alpha
    localparam int unsigned Alpha = (510 + i) / (2 * i);
    assign alphas[(i-1)*8+:8] = Alpha[7:0];
  end

  assign rounded     = {1'b0, sum_q} + 33'd128;
  assign alpha_index = rounded[32:8] == '0 ? 8'd0 : rounded[32:8] > 25'd256 ? 8'd255 : 8'(rounded[32:8] - 25'd1);

  always_ff @(posedge clk_i) begin
    if (valid1_q && pass1_q == 2'd0) max_q <= group_max;
    if (valid1_q && pass1_q == 2'd1) sum_q <= group_sum;
    summed_q <= ends1_q && pass1_q == 2'd1;
    if (summed_q) alpha_q <= alphas[alpha_index*8+:8];
  end

  // Pass 2: times alpha, divided by 255, rescaled.
  logic        valid3;
  logic [31:0] out_multiplier;
  logic [5:0]  out_shift;

  fl_delay #(.Depth(2), .Reset(1'b1)) u_valid3 (.clk_i, .rst_ni, .data_i(valid1_q && pass1_q == 2'd2), .data_o(valid3));
  fl_delay #(.Depth(4), .Reset(1'b1)) u_valid (.clk_i, .rst_ni, .data_i(valid3), .data_o(valid_o));
  fl_delay #(.Width(38), .Depth(3)) u_out_scale (
    .clk_i, .rst_ni, .data_i({out_multiplier_i, out_shift_i}), .data_o({out_multiplier, out_shift})
  );

  for (genvar i = 0; i < Lanes; i++) begin : g_result
    logic [15:0] product_q, rounded_product, quotient;
    logic [7:0]  value_q;
    logic [31:0] scaled;
    logic        ready, scaled_valid, unused;

    assign rounded_product = product_q + 16'd128;
    assign quotient        = rounded_product + {8'd0, rounded_product[15:8]};

    always_ff @(posedge clk_i) begin
      product_q <= {8'd0, numerator1_q[8*i+:8]} * {8'd0, alpha_q};
      value_q   <= quotient[15:8];
    end

    fl_requantize #(.OutBits(32)) u_requantize (
      .clk_i, .rst_ni, .valid_i(valid3), .ready_o(ready), .data_i({24'd0, value_q}), .multiplier_i(out_multiplier),
      .shift_i(out_shift), .valid_o(scaled_valid), .ready_i(1'b1), .data_o(scaled)
    );
    fl_delay #(.Width(32)) u_out (.clk_i, .rst_ni, .data_i(scaled), .data_o(value_o[32*i+:32]));
    assign unused = ^{ready, scaled_valid, quotient[7:0]};
  end

  logic unused;
  assign unused = ^rounded[7:0];

endmodule
