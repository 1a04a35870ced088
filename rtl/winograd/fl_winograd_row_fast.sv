// Row-by-row Winograd engine with two 1-D units and two banks (docs/rtl/fl_winograd_row_fast.md): pass 1 of a tile overlaps pass 2 of
// the one before. A tile takes max(InSize, OutSize) cycles. ready_o is registered. Kinds as fl_winograd_2d.
module fl_winograd_row_fast #(
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

  logic [1:0] full_q, full_d;            // banks whose rows are complete
  logic       in_bank_q, out_bank_q;
  logic [2:0] in_count_q, out_count_q;
  logic       takes, gives, enable, valid_q, filled, emptied;

  assign enable  = ~valid_q | ready_i;
  assign ready_o = ~full_q[in_bank_q];
  assign valid_o = valid_q;
  assign takes   = valid_i & ready_o;
  assign gives   = full_q[out_bank_q] & enable;
  assign filled  = takes && in_count_q == 3'(InSize - 1);
  assign emptied = gives && out_count_q == 3'(OutSize - 1);

  always_comb begin
    full_d = full_q;
    if (filled) full_d[in_bank_q] = 1'b1;
    if (emptied) full_d[out_bank_q] = 1'b0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      full_q      <= '0;
      in_bank_q   <= 1'b0;
      out_bank_q  <= 1'b0;
      in_count_q  <= '0;
      out_count_q <= '0;
      valid_q     <= 1'b0;
    end else begin
      full_q <= full_d;
      if (takes) in_count_q <= filled ? '0 : in_count_q + 1'b1;
      if (gives) out_count_q <= emptied ? '0 : out_count_q + 1'b1;
      in_bank_q  <= in_bank_q ^ filled;
      out_bank_q <= out_bank_q ^ emptied;
      if (enable) valid_q <= full_q[out_bank_q];
    end
  end

  logic [OutSize*MidBits-1:0]  row;
  logic [2*InSize*MidBits-1:0] columns;
  logic [OutSize*OutBits-1:0]  out, out_q;

  fl_winograd_1d #(.Kind(Kind), .F4(F4), .InBits(InBits), .OutBits(MidBits)) u_rows (.in_i(row_i), .out_o(row));

  for (genvar b = 0; b < 2; b++) begin : g_bank
    fl_winograd_bank #(.Rows(InSize), .Columns(OutSize), .Width(MidBits)) u_bank (
      .clk_i, .write_i(takes && in_bank_q == (b == 1)), .row_i(row), .read_i(gives && out_bank_q == (b == 1)),
      .column_o(columns[b*InSize*MidBits+:InSize*MidBits])
    );
  end

  fl_winograd_1d #(.Kind(Kind), .F4(F4), .InBits(MidBits), .OutBits(OutBits)) u_columns (
    .in_i(out_bank_q ? columns[InSize*MidBits+:InSize*MidBits] : columns[InSize*MidBits-1:0]), .out_o(out)
  );

  always_ff @(posedge clk_i) begin
    if (enable) out_q <= out;
  end

  assign column_o = out_q;

endmodule
