// Lanes of the vector unit: gelu up to the encoder (docs/rtl/fl_vector_gelu.md, docs/contracts/vector.md). Add the bias, requantise to
// 16 bits of scale 2^-12, i-GELU, requantise to the output scale. Latency 12, one group of elements per cycle, no stalls.
module fl_vector_gelu #(
  parameter int unsigned Lanes = 4
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                valid_i,
  input  logic [32*Lanes-1:0] x_i,
  input  logic [32*Lanes-1:0] bias_i,
  input  logic [32*Lanes-1:0] multiplier_i,
  input  logic [6*Lanes-1:0]  shift_i,
  input  logic [31:0]         out_multiplier_i,  // of the whole group
  input  logic [5:0]          out_shift_i,
  output logic                valid_o,
  output logic [32*Lanes-1:0] value_o
);

  logic        valid_sum, valid_scaled, valid_gelu;
  logic [31:0] out_multiplier;
  logic [5:0]  out_shift;

  fl_delay #(.Reset(1'b1)) u_valid_sum (.clk_i, .rst_ni, .data_i(valid_i), .data_o(valid_sum));
  fl_delay #(.Depth(4), .Reset(1'b1)) u_valid_scaled (.clk_i, .rst_ni, .data_i(valid_sum), .data_o(valid_scaled));
  fl_delay #(.Depth(3), .Reset(1'b1)) u_valid_gelu (.clk_i, .rst_ni, .data_i(valid_scaled), .data_o(valid_gelu));
  fl_delay #(.Depth(4), .Reset(1'b1)) u_valid (.clk_i, .rst_ni, .data_i(valid_gelu), .data_o(valid_o));
  fl_delay #(.Width(38), .Depth(8)) u_out_scale (
    .clk_i, .rst_ni, .data_i({out_multiplier_i, out_shift_i}), .data_o({out_multiplier, out_shift})
  );

  for (genvar i = 0; i < Lanes; i++) begin : g_lane
    logic [31:0] sum_q, multiplier_q, gelu;
    logic [15:0] scaled, scaled4;
    logic [5:0]  shift_q;
    logic        requantize_ready, requantize_valid, gelu_ready, gelu_valid, unused;

    always_ff @(posedge clk_i) begin
      sum_q        <= x_i[32*i+:32] + bias_i[32*i+:32];
      multiplier_q <= multiplier_i[32*i+:32];
      shift_q      <= shift_i[6*i+:6];
    end

    fl_requantize #(.OutBits(16)) u_requantize (
      .clk_i, .rst_ni, .valid_i(valid_sum), .ready_o(requantize_ready), .data_i(sum_q), .multiplier_i(multiplier_q),
      .shift_i(shift_q), .valid_o(requantize_valid), .ready_i(1'b1), .data_o(scaled)
    );
    fl_delay #(.Width(16)) u_scaled (.clk_i, .rst_ni, .data_i(scaled), .data_o(scaled4));
    fl_igelu u_gelu (
      .clk_i, .rst_ni, .valid_i(valid_scaled), .ready_o(gelu_ready), .data_i(scaled4), .valid_o(gelu_valid), .ready_i(1'b1),
      .data_o(gelu)
    );
    fl_requantize_wide u_out (
      .clk_i, .data_i(gelu), .multiplier_i(out_multiplier), .shift_i(out_shift), .data_o(value_o[32*i+:32])
    );
    assign unused = requantize_ready ^ requantize_valid ^ gelu_ready ^ gelu_valid;
  end

endmodule
