// Tap-parallel Winograd engine: a whole tile per cycle (docs/rtl/fl_winograd_2d.md). Kind 0 input, 1 weight, 2 output transform of
// F(2x2, 3x3) or F(4x4, 3x3); elements row-major, element 0 in the low bits. Columns first, then rows, a register after each:
// latency 2, one tile per cycle while ready_i holds. ready_o depends on ready_i.
module fl_winograd_2d #(
  parameter int unsigned Kind    = 0,
  parameter int unsigned F4      = 0,
  parameter int unsigned InBits  = 8,
  parameter int unsigned MidBits = 9,
  parameter int unsigned OutBits = 10,
  localparam int unsigned Taps    = F4 != 0 ? 6 : 4,
  localparam int unsigned Results = F4 != 0 ? 4 : 2,
  localparam int unsigned InSize  = Kind == 1 ? 3 : Taps,
  localparam int unsigned OutSize = Kind == 2 ? Results : Taps
) (
  input  logic                               clk_i,
  input  logic                               rst_ni,
  input  logic                               valid_i,
  output logic                               ready_o,
  input  logic [InSize*InSize*InBits-1:0]    data_i,
  output logic                               valid_o,
  input  logic                               ready_i,
  output logic [OutSize*OutSize*OutBits-1:0] data_o
);

  logic       enable;
  logic [1:0] valid_q;

  assign enable  = ~valid_q[1] | ready_i;
  assign ready_o = enable;
  assign valid_o = valid_q[1];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else if (enable) valid_q <= {valid_q[0], valid_i};
  end

  // 1. Columns: InSize x InSize to OutSize x InSize.
  logic [OutSize*InSize*MidBits-1:0] columns, columns_q;

  for (genvar c = 0; c < InSize; c++) begin : g_column
    logic [InSize*InBits-1:0]   in;
    logic [OutSize*MidBits-1:0] out;
    for (genvar r = 0; r < InSize; r++) begin : g_in
      assign in[r*InBits+:InBits] = data_i[(r*InSize+c)*InBits+:InBits];
    end
    fl_winograd_1d #(.Kind(Kind), .F4(F4), .InBits(InBits), .OutBits(MidBits)) u_transform (.in_i(in), .out_o(out));
    for (genvar r = 0; r < OutSize; r++) begin : g_out
      assign columns[(r*InSize+c)*MidBits+:MidBits] = out[r*MidBits+:MidBits];
    end
  end

  // 2. Rows: OutSize x InSize to OutSize x OutSize.
  logic [OutSize*OutSize*OutBits-1:0] rows, rows_q;

  for (genvar r = 0; r < OutSize; r++) begin : g_row
    fl_winograd_1d #(.Kind(Kind), .F4(F4), .InBits(MidBits), .OutBits(OutBits)) u_transform (
      .in_i (columns_q[r*InSize*MidBits+:InSize*MidBits]),
      .out_o(rows[r*OutSize*OutBits+:OutSize*OutBits])
    );
  end

  always_ff @(posedge clk_i) begin
    if (enable) begin
      columns_q <= columns;
      rows_q    <= rows;
    end
  end

  assign data_o = rows_q;

endmodule
