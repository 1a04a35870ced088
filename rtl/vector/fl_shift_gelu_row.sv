// ShiftGELU of I-ViT (Li and Gu, ICCV 2023) as published: the maximum is the row's, or 0 (docs/rtl/fl_shift_gelu_row.md). 1.702 x is
// x + (x >> 1) + (x >> 3) + (x >> 4), as in the paper; quotients are exact. A row of n takes n cycles to load and n to leave.
module fl_shift_gelu_row #(
  parameter int unsigned MaxLength = 64,
  parameter int unsigned ScaleBits = 8,
  parameter int unsigned Fraction  = 23,
  localparam int unsigned ReciprocalBits = ScaleBits + 12
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic [ScaleBits-1:0]      inverse_scale_i,  // I0 = round(1 / S) and its reciprocal (fl_shift_exp, DistanceBits 10):
  input  logic [ReciprocalBits-1:0] reciprocal_i,     // stable from a row's first element to its last result
  input  logic                      valid_i,
  output logic                      ready_o,
  input  logic                      last_i,
  input  logic signed [7:0]         data_i,
  output logic                      valid_o,
  input  logic                      ready_i,
  output logic                      last_o,
  output logic signed [15:0]        data_o
);

  localparam int unsigned INDEX_BITS = $clog2(MaxLength);

  logic signed [7:0]     element, max;
  logic signed [9:0]     element_wide, max_wide, x, x_max;
  logic [INDEX_BITS-1:0] index, end_index;
  logic                  enable, reducing, summed;
  logic [11:0]           reduces;

  fl_row #(.MaxLength(MaxLength), .DataBits(8), .Latency(12), .Reduces(1'b0)) u_row (
    .clk_i, .rst_ni, .valid_i, .ready_o, .last_i, .data_i,
    .element_o(element), .index_o(index), .max_o(max), .end_o(end_index), .go_i(1'b1),
    .enable_o(enable), .reduces_o(reduces), .reducing_o(reducing), .summed_o(summed), .scalar_done_i(summed),
    .valid_o, .ready_i, .last_o
  );

  assign element_wide = 10'(element);
  assign max_wide     = 10'(max);
  assign x            = element_wide + (element_wide >>> 1) + (element_wide >>> 3) + (element_wide >>> 4);
  assign x_max        = max_wide + (max_wide >>> 1) + (max_wide >>> 3) + (max_wide >>> 4);

  fl_shift_gelu_lane #(.ScaleBits(ScaleBits), .Fraction(Fraction)) u_lane (
    .clk_i, .enable_i(enable), .inverse_scale_i, .reciprocal_i, .data_i(element), .x_i(x), .max_i(x_max < 0 ? '0 : x_max), .data_o
  );

  logic unused;
  assign unused = ^{index, end_index, reducing, reduces};

endmodule
