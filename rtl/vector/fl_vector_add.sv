// Lanes of the vector unit: add up to the encoder (docs/rtl/fl_vector_add.md, docs/contracts/vector.md). Both inputs come to the output
// scale side by side; their sum saturates. Latency 5, one group of elements per cycle, no stalls.
module fl_vector_add #(
  parameter int unsigned Lanes = 4
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                valid_i,
  input  logic [32*Lanes-1:0] x_i,
  input  logic [32*Lanes-1:0] x2_i,
  input  logic [31:0]         in_multiplier_i,   // of the whole group
  input  logic [5:0]          in_shift_i,
  input  logic [31:0]         in2_multiplier_i,
  input  logic [5:0]          in2_shift_i,
  output logic                valid_o,
  output logic [32*Lanes-1:0] value_o
);

  fl_delay #(.Depth(5), .Reset(1'b1)) u_valid (.clk_i, .rst_ni, .data_i(valid_i), .data_o(valid_o));

  for (genvar i = 0; i < Lanes; i++) begin : g_lane
    logic signed [31:0] scaled, scaled2, scaled4, scaled24;
    logic signed [32:0] sum;
    logic [31:0]        value_q;
    logic [1:0]         ready, scaled_valid;
    logic               unused;

    fl_requantize #(.OutBits(32)) u_requantize (
      .clk_i, .rst_ni, .valid_i, .ready_o(ready[0]), .data_i(x_i[32*i+:32]), .multiplier_i(in_multiplier_i), .shift_i(in_shift_i),
      .valid_o(scaled_valid[0]), .ready_i(1'b1), .data_o(scaled)
    );
    fl_requantize #(.OutBits(32)) u_requantize2 (
      .clk_i, .rst_ni, .valid_i, .ready_o(ready[1]), .data_i(x2_i[32*i+:32]), .multiplier_i(in2_multiplier_i), .shift_i(in2_shift_i),
      .valid_o(scaled_valid[1]), .ready_i(1'b1), .data_o(scaled2)
    );
    fl_delay #(.Width(64)) u_scaled (.clk_i, .rst_ni, .data_i({scaled, scaled2}), .data_o({scaled4, scaled24}));

    assign sum = 33'(scaled4) + 33'(scaled24);

    always_ff @(posedge clk_i) value_q <= sum[32] == sum[31] ? sum[31:0] : {sum[32], {31{~sum[32]}}};

    assign value_o[32*i+:32] = value_q;
    assign unused            = ^{ready, scaled_valid};
  end

endmodule
