// Depth registers in a row; none for Depth 0. Flags come out of reset at 0 (Reset = 1), data need no reset.
module fl_delay #(
  parameter int unsigned Width = 1,
  parameter int unsigned Depth = 1,
  parameter bit          Reset = 1'b0
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);

  if (Depth == 0) begin : g_wire
    assign data_o = data_i;
    logic unused;
    assign unused = ^{clk_i, rst_ni};
  end else begin : g_line
    logic [Width*Depth-1:0] line_d, line_q;
    if (Depth == 1) begin : g_one
      assign line_d = data_i;
    end else begin : g_many
      assign line_d = {line_q[Width*(Depth-1)-1:0], data_i};
    end
    assign data_o = line_q[Width*(Depth-1)+:Width];

    if (Reset) begin : g_reset
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) line_q <= '0;
        else line_q <= line_d;
      end
    end else begin : g_plain
      logic unused;
      assign unused = rst_ni;
      always_ff @(posedge clk_i) line_q <= line_d;
    end
  end

endmodule
