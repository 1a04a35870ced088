// A counter of accepted inputs that forgets to count every 37th: lockstep must find it. Its assertion refuses the value 255.
`include "fl_assert.svh"

module broken_counter #(
  parameter int unsigned Forgets = 1
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  input  logic [7:0]  data_i,
  output logic [39:0] count_o
);

  logic [39:0] count_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= '0;
    else if (valid_i && !(Forgets != 0 && count_q == 40'd36)) count_q <= count_q + 40'd1;
  end

  assign count_o = count_q;

  `FL_ASSERT(DataIsNot255, !valid_i || data_i != 8'd255)

endmodule
