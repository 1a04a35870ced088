// sum_o = sum_i + (a.base * b.base << (a.shift + b.shift)), modulo 2^32. Combinational: the arithmetic of every PE.
// An operand is {base, shift}; ShiftBits = 0 leaves the shifter out.
module fl_mac #(
  parameter int unsigned BaseBits  = 5,
  parameter int unsigned ShiftBits = 4,
  localparam int unsigned OperandBits = BaseBits + ShiftBits
) (
  input  logic [OperandBits-1:0]      a_i,
  input  logic [OperandBits-1:0]      b_i,
  input  logic [fl_pkg::SUM_BITS-1:0] sum_i,
  output logic [fl_pkg::SUM_BITS-1:0] sum_o
);

  logic signed [BaseBits-1:0]         a_base, b_base;
  logic signed [2*BaseBits-1:0]       product;
  logic signed [fl_pkg::SUM_BITS-1:0] extended;

  assign a_base   = a_i[ShiftBits+:BaseBits];
  assign b_base   = b_i[ShiftBits+:BaseBits];
  assign product  = a_base * b_base;
  assign extended = fl_pkg::SUM_BITS'(product);

  if (ShiftBits == 0) begin : g_plain
    assign sum_o = sum_i + extended;
  end else begin : g_shift
    logic [ShiftBits:0] shift;
    assign shift = {1'b0, a_i[ShiftBits-1:0]} + {1'b0, b_i[ShiftBits-1:0]};
    assign sum_o = sum_i + (extended << shift);
  end

endmodule
