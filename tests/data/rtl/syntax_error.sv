// Verilator refuses this file.
module syntax_error (input logic a_i, output logic b_o);
  assign b_o = a_i +;
endmodule
