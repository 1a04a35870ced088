// 2D-LUT softmax of a row, 8 bits: two tables, no divider, no product of data (docs/rtl/fl_softmax_lut2d.md; Vasyltsov and Chang,
// arXiv:2111.10770, section 4.2). A row of n logits takes n cycles to load, n + 4 to sum and look its column up, n to leave.
module fl_softmax_lut2d #(
  parameter int unsigned MaxLength = 64
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic [23:0]       index_multiplier_i,  // round(10 S * 2^16), stable from a row's first logit to its last result
  input  logic              valid_i,
  output logic              ready_o,
  input  logic              last_i,
  input  logic signed [7:0] data_i,
  output logic              valid_o,
  input  logic              ready_i,
  output logic              last_o,
  output logic [7:0]        data_o
);

  localparam int unsigned INDEX_BITS = $clog2(MaxLength);
  localparam int unsigned COLUMNS    = 60;
  localparam int unsigned ROWS       = 11;

  logic signed [7:0]     element, max;
  logic [INDEX_BITS-1:0] index, end_index;
  logic                  enable, reducing, summed;
  logic [2:0]            reduces;

  fl_row #(.MaxLength(MaxLength), .DataBits(8), .Latency(3)) u_row (
    .clk_i, .rst_ni, .valid_i, .ready_o, .last_i, .data_i,
    .element_o(element), .index_o(index), .max_o(max), .end_o(end_index), .go_i(1'b1),
    .enable_o(enable), .reduces_o(reduces), .reducing_o(reducing), .summed_o(summed), .scalar_done_i(summed),
    .valid_o, .ready_i, .last_o
  );

  // 1. Distance from the maximum in units of 1/10.
  logic [8:0]  distance;
  logic [32:0] scaled;
  logic [16:0] tenths_q;

  assign distance = {max[7], max} - {element[7], element};
  assign scaled   = 33'(distance) * 33'(index_multiplier_i) + 33'h8000;

  // 2. round(255 e^(-i / 10)), entry 0 in the low byte; zeros follow.
  localparam int unsigned EXPONENTIALS = 63;
  localparam logic [EXPONENTIALS*8-1:0] EXPONENTIAL = {
    120'h010101010101010101010102020202, 128'h0203030303040405050606070809090a,
    128'h0b0d0e10111315171a1c1f23262a2f33, 128'h393f454d555e68737f8c9babbdd1e7ff
  };
  logic [7:0] exponential_q;

  // 3. Row of the quotients: round(10 e / 255).
  logic [3:0] row_index, row_q;

  always_comb begin
    row_index = 4'd0;
    for (int i = 1; i < ROWS; i++) row_index = row_index + {3'd0, 13'(exponential_q) * 13'd20 + 13'd255 >= 13'(510 * i)};
  end

  always_ff @(posedge clk_i) begin
    if (enable) begin
      tenths_q      <= scaled[32:16];
      exponential_q <= 32'(tenths_q) < EXPONENTIALS ? EXPONENTIAL[tenths_q[5:0]*8+:8] : 8'd0;
      row_q         <= row_index;
    end
  end

  // Sum of the exponentials, and the column of quotients round(i / 10 / j * 255) that it selects.
  logic [INDEX_BITS+7:0]     sum_q;
  logic [INDEX_BITS+8:0]     rounded;
  logic [5:0]                column;
  logic [COLUMNS*ROWS*8-1:0] table_of_quotients;
  logic [ROWS*8-1:0]         quotients, quotients_q;

  for (genvar j = 1; j <= COLUMNS; j++) begin : g_column
    for (genvar i = 0; i < ROWS; i++) begin : g_row
      localparam int unsigned Quotient = (2 * i * 255 + 10 * j) / (20 * j);
      assign table_of_quotients[((j-1)*ROWS+i)*8+:8] = Quotient[7:0];
    end
  end

  assign rounded = {1'b0, sum_q} + 128;
  always_comb begin
    column = rounded[8+:6] - 6'd1;  // the maximum alone gives 255, so the sum rounds to 1 or more
    if (32'(rounded[INDEX_BITS+8:8]) > COLUMNS) column = 6'(COLUMNS - 1);
  end

  always_comb begin
    quotients = '0;
    for (int j = 0; j < COLUMNS; j++) begin
      quotients = quotients | ({(ROWS * 8) {column == 6'(j)}} & table_of_quotients[j*ROWS*8+:ROWS*8]);
    end
  end

  always_ff @(posedge clk_i) begin
    if (ready_o) sum_q <= '0;
    else if (enable && reduces[1]) sum_q <= sum_q + {{INDEX_BITS{1'b0}}, exponential_q};
    if (summed) quotients_q <= quotients;
  end

  assign data_o = quotients_q[row_q*8+:8];

  logic unused;
  assign unused = ^{index, end_index, reducing, reduces[2], reduces[0], scaled[15:0], rounded[7:0]};

endmodule
