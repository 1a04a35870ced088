// One-bit operations of which Verilator 5.006 makes reductions of the whole vector, and loses an inversion on the
// way, unless it is told not to (-fno-const-bit-op-tree).
module one_bit_operations (input logic [7:0] a_i, output logic y_o);
  assign y_o = ~((a_i[0] ^ a_i[1]) ^ ~(~a_i[2] | ~a_i[3])) ^ (~(a_i[4] ^ a_i[5]) ^ (a_i[6] | a_i[7]));
endmodule
