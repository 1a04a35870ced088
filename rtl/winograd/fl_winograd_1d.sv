// One-dimensional Winograd transform F(2, 3) or F(4, 3): shifts and additions only. Combinational.
// Kind 0: input B^T x; 1: weight, twice (F2) or 24 times (F4) G w; 2: output A^T m. Element 0 is in the low bits.
module fl_winograd_1d #(
  parameter int unsigned Kind    = 0,
  parameter int unsigned F4      = 0,
  parameter int unsigned InBits  = 8,
  parameter int unsigned OutBits = 9,
  localparam int unsigned Taps    = F4 != 0 ? 6 : 4,
  localparam int unsigned Results = F4 != 0 ? 4 : 2,
  localparam int unsigned InSize  = Kind == 1 ? 3 : Taps,
  localparam int unsigned OutSize = Kind == 2 ? Results : Taps
) (
  input  logic [InSize*InBits-1:0]   in_i,
  output logic [OutSize*OutBits-1:0] out_o
);

  // Every element at the width of the results: no intermediate sum is wider.
  logic [InSize*OutBits-1:0] x;
  for (genvar i = 0; i < InSize; i++) begin : g_extend
    assign x[i*OutBits+:OutBits] = {{(OutBits - InBits) {in_i[i*InBits+InBits-1]}}, in_i[i*InBits+:InBits]};
  end

  if (Kind == 0 && F4 == 0) begin : g_input_f2
    logic [OutBits-1:0] x0, x1, x2, x3;
    assign {x3, x2, x1, x0} = x;
    assign out_o = {x1 - x3, x2 - x1, x1 + x2, x0 - x2};
  end else if (Kind == 0) begin : g_input_f4
    logic [OutBits-1:0] x0, x1, x2, x3, x4, x5, a, b, c, d;
    assign {x5, x4, x3, x2, x1, x0} = x;
    assign a = x4 - (x2 << 2);
    assign b = x3 - (x1 << 2);
    assign c = x4 - x2;
    assign d = x3 - x1;
    assign out_o = {(x5 - x3) - (d << 2), c - (d << 1), c + (d << 1), a - b, a + b, c + ((x0 - x2) << 2)};
  end else if (Kind == 1 && F4 == 0) begin : g_weight_f2
    logic [OutBits-1:0] g0, g1, g2, p;
    assign {g2, g1, g0} = x;
    assign p = g0 + g2;
    assign out_o = {g2 << 1, p - g1, p + g1, g0 << 1};
  end else if (Kind == 1) begin : g_weight_f4
    logic [OutBits-1:0] g0, g1, g2, p, q, plus, minus;
    assign {g2, g1, g0} = x;
    assign p = g0 + g2;
    assign q = g0 + (g2 << 2);
    assign plus  = (p + g1) << 2;
    assign minus = (p - g1) << 2;
    assign out_o = {(g2 << 4) + (g2 << 3), q - (g1 << 1), q + (g1 << 1), -minus, -plus, (g0 << 2) + (g0 << 1)};
  end else if (F4 == 0) begin : g_output_f2
    logic [OutBits-1:0] m0, m1, m2, m3;
    assign {m3, m2, m1, m0} = x;
    assign out_o = {m1 - m2 - m3, m0 + m1 + m2};
  end else begin : g_output_f4
    logic [OutBits-1:0] m0, m1, m2, m3, m4, m5, s1, d1, s2, d2;
    assign {m5, m4, m3, m2, m1, m0} = x;
    assign s1 = m1 + m2;
    assign d1 = m1 - m2;
    assign s2 = m3 + m4;
    assign d2 = m3 - m4;
    assign out_o = {d1 + (d2 << 3) + m5, s1 + (s2 << 2), d1 + (d2 << 1), m0 + s1 + s2};
  end

endmodule
