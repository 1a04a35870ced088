// Lanes of the vector unit: requantize (Bias = 0) and bias_requantize (Bias = 1) up to the encoder (docs/rtl/fl_vector_requantize.md,
// docs/contracts/vector.md). Latency 4 + Bias, one group of elements per cycle, no stalls.
module fl_vector_requantize #(
  parameter int unsigned Lanes = 4,
  parameter int unsigned Bias  = 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                valid_i,
  input  logic [32*Lanes-1:0] x_i,
  input  logic [32*Lanes-1:0] bias_i,
  input  logic [32*Lanes-1:0] multiplier_i,
  input  logic [6*Lanes-1:0]  shift_i,
  output logic                valid_o,
  output logic [32*Lanes-1:0] value_o
);

  logic valid;

  fl_delay #(.Depth(Bias), .Reset(1'b1)) u_valid_add (.clk_i, .rst_ni, .data_i(valid_i), .data_o(valid));
  fl_delay #(.Depth(4), .Reset(1'b1)) u_valid (.clk_i, .rst_ni, .data_i(valid), .data_o(valid_o));

  for (genvar i = 0; i < Lanes; i++) begin : g_lane
    logic [31:0] sum, multiplier, scaled;
    logic [5:0]  shift;
    logic        ready, scaled_valid, unused;

    if (Bias != 0) begin : g_add
      always_ff @(posedge clk_i) begin
        sum        <= x_i[32*i+:32] + bias_i[32*i+:32];
        multiplier <= multiplier_i[32*i+:32];
        shift      <= shift_i[6*i+:6];
      end
    end else begin : g_wire
      logic unused_bias;
      assign sum         = x_i[32*i+:32];
      assign multiplier  = multiplier_i[32*i+:32];
      assign shift       = shift_i[6*i+:6];
      assign unused_bias = ^bias_i[32*i+:32];
    end

    fl_requantize #(.OutBits(32)) u_requantize (
      .clk_i, .rst_ni, .valid_i(valid), .ready_o(ready), .data_i(sum), .multiplier_i(multiplier), .shift_i(shift),
      .valid_o(scaled_valid), .ready_i(1'b1), .data_o(scaled)
    );
    fl_delay #(.Width(32)) u_out (.clk_i, .rst_ni, .data_i(scaled), .data_o(value_o[32*i+:32]));
    assign unused = ready ^ scaled_valid;
  end

endmodule
