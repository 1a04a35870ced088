// Transposable register file of the row-by-row Winograd engines: rows enter at the bottom, columns leave at the left.
module fl_winograd_bank #(
  parameter int unsigned Rows    = 4,
  parameter int unsigned Columns = 4,
  parameter int unsigned Width   = 9
) (
  input  logic                     clk_i,
  input  logic                     write_i,   // a row enters, the others move up
  input  logic [Columns*Width-1:0] row_i,
  input  logic                     read_i,    // column_o was taken, the others move left
  output logic [Rows*Width-1:0]    column_o
);

  logic [Rows*Columns*Width-1:0] bank_q, shifted;

  for (genvar r = 0; r < Rows; r++) begin : g_row
    assign column_o[r*Width+:Width] = bank_q[r*Columns*Width+:Width];
    assign shifted[r*Columns*Width+:Columns*Width] = bank_q[r*Columns*Width+:Columns*Width] >> Width;
  end

  always_ff @(posedge clk_i) begin
    if (write_i) bank_q <= {row_i, bank_q[Rows*Columns*Width-1:Columns*Width]};
    else if (read_i) bank_q <= shifted;
  end

endmodule
