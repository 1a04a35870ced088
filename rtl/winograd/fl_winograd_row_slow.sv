// Row-by-row Winograd engine with one 1-D unit (docs/rtl/fl_winograd_row_slow.md): pass 1 transforms the rows as they enter, pass 2 the
// columns, which leave. A tile takes InSize + OutSize cycles. ready_o is registered. Kinds as fl_winograd_2d.
module fl_winograd_row_slow #(
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
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       valid_i,
  output logic                       ready_o,
  input  logic [InSize*InBits-1:0]   row_i,
  output logic                       valid_o,
  input  logic                       ready_i,
  output logic [OutSize*OutBits-1:0] column_o
);

  logic       second_q;  // in pass 2
  logic [2:0] count_q, size;
  logic       takes, gives, enable, valid_q;

  assign enable  = ~valid_q | ready_i;
  assign ready_o = ~second_q;
  assign valid_o = valid_q;
  assign takes   = valid_i & ready_o;
  assign gives   = second_q & enable;
  assign size    = second_q ? 3'(OutSize) : 3'(InSize);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      second_q <= 1'b0;
      count_q  <= '0;
      valid_q  <= 1'b0;
    end else begin
      if (takes || gives) begin
        count_q <= count_q + 1'b1;
        if (count_q == size - 3'd1) begin
          count_q  <= '0;
          second_q <= ~second_q;
        end
      end
      if (enable) valid_q <= second_q;
    end
  end

  logic [InSize*MidBits-1:0]  row, column;
  logic [OutSize*MidBits-1:0] transformed;
  logic [OutSize*OutBits-1:0] out, out_q;

  for (genvar i = 0; i < InSize; i++) begin : g_extend
    assign row[i*MidBits+:MidBits] = {{(MidBits - InBits) {row_i[i*InBits+InBits-1]}}, row_i[i*InBits+:InBits]};
  end

  fl_winograd_1d #(.Kind(Kind), .F4(F4), .InBits(MidBits), .OutBits(OutBits)) u_transform (.in_i(second_q ? column : row), .out_o(out));

  for (genvar i = 0; i < OutSize; i++) begin : g_mid
    assign transformed[i*MidBits+:MidBits] = out[i*OutBits+:MidBits];
  end

  fl_winograd_bank #(.Rows(InSize), .Columns(OutSize), .Width(MidBits)) u_bank (
    .clk_i, .write_i(takes), .row_i(transformed), .read_i(gives), .column_o(column)
  );

  always_ff @(posedge clk_i) begin
    if (enable) out_q <= out;
  end

  assign column_o = out_q;

endmodule
