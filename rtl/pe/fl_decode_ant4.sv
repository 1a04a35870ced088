// Boundary decoder of the TypeFusion PE: int, power of two and flint of 4 bits, and integers of 8 bits in two slices,
// become (base, shift), value = base << shift. Combinational. Source: ANT (MICRO 2022), integer-based decoder.
//
// Flint, m the top bit of the magnitude and r the bits below: m = 0 is r; m = 1 is 2r << 2 LZD(r), and 1 << 2|r| for r = 0.
module fl_decode_ant4 (
  input  fl_pkg::format_t   format_i,
  input  logic [7:0]        code_i,
  input  logic              slice_i,  // of an 8-bit integer: 0 high nibble, 1 low nibble
  input  logic              used_i,   // else the operand is 0
  output logic signed [4:0] base_o,
  output logic [3:0]        shift_o
);

  logic       is_negative;  // sign bit of a signed flint or power of two
  logic       flint_top;
  logic [2:0] flint_rest;
  logic [3:0] power_code;
  logic [3:0] flint_base, flint_shift;
  logic [3:0] high, low;

  assign high = code_i[7:4];
  assign low  = code_i[3:0];

  assign is_negative = format_i.is_signed & low[3];
  assign flint_top   = format_i.is_signed ? low[2] : low[3];
  assign flint_rest  = format_i.is_signed ? {low[1:0], 1'b0} : low[2:0];
  assign power_code  = format_i.is_signed ? {1'b0, low[2:0]} : low;

  // The rest is aligned to the left, so that one leading zero detector serves both widths.
  always_comb begin
    flint_base  = format_i.is_signed ? {2'b00, low[1:0]} : {1'b0, low[2:0]};
    flint_shift = 4'd0;
    if (flint_top) begin
      flint_base = flint_base << 1;
      unique casez (flint_rest)
        3'b1??:  flint_shift = 4'd0;
        3'b01?:  flint_shift = 4'd2;
        3'b001:  flint_shift = 4'd4;
        default: begin
          flint_base  = 4'd1;
          flint_shift = format_i.is_signed ? 4'd4 : 4'd6;
        end
      endcase
    end
  end

  logic [4:0] magnitude;

  always_comb begin
    magnitude = 5'd0;
    shift_o   = 4'd0;
    unique case (format_i.kind)
      fl_pkg::KIND_FLINT: begin
        magnitude = {1'b0, flint_base};
        shift_o   = flint_shift;
      end
      fl_pkg::KIND_POT: begin
        magnitude = {4'd0, power_code != 4'd0};
        shift_o   = power_code == 4'd0 ? 4'd0 : power_code - 4'd1;
      end
      default: begin
        if (!format_i.wide) begin
          magnitude = {format_i.is_signed & low[3], low};
        end else if (!slice_i) begin
          magnitude = {format_i.is_signed & high[3], high};
          shift_o   = 4'd4;
        end else begin
          magnitude = {1'b0, low};
        end
      end
    endcase
    if (format_i.kind != fl_pkg::KIND_INT && is_negative) magnitude = -magnitude;
    if (!used_i) begin
      magnitude = 5'd0;
      shift_o   = 4'd0;
    end
  end

  assign base_o = magnitude;

endmodule
