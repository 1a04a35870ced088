// Row store and passes of a row function (docs/rtl/fl_row.md): load with the maximum, a reducing pass, scalar work, an emitting pass.
// In both passes one element per cycle enters the function's pipeline of Latency stages, which advances with enable_o.
// Reduces = 0 leaves the reducing pass out. ready_o is registered; enable_o depends on ready_i.
`include "fl_assert.svh"

module fl_row #(
  parameter int unsigned MaxLength = 64,
  parameter int unsigned DataBits  = 8,
  parameter int unsigned Latency   = 3,
  parameter bit          Reduces   = 1'b1,
  localparam int unsigned IndexBits = $clog2(MaxLength)
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       valid_i,
  output logic                       ready_o,
  input  logic                       last_i,
  input  logic signed [DataBits-1:0] data_i,
  // The element that enters the pipeline, and what is known of its row.
  output logic signed [DataBits-1:0] element_o,
  output logic [IndexBits-1:0]       index_o,
  output logic signed [DataBits-1:0] max_o,
  output logic [IndexBits-1:0]       end_o,          // length - 1
  input  logic                       go_i,           // the reducing pass may take the next element
  output logic                       enable_o,
  output logic [Latency-1:0]         reduces_o,      // stages that hold an element of the reducing pass
  output logic                       reducing_o,     // in the reducing pass
  output logic                       summed_o,       // all of them have left: the scalar work may be done
  input  logic                       scalar_done_i,
  output logic                       valid_o,
  input  logic                       ready_i,
  output logic                       last_o
);

  fl_pkg::row_phase_t         phase_q, phase_d;
  logic [IndexBits-1:0]       count_q, count_d, end_q;
  logic signed [DataBits-1:0] max_q;
  logic signed [DataBits-1:0] row_q [0:MaxLength-1];
  logic [Latency-1:0]         reduces_q, emits_q, last_q;
  logic                       takes, at_end, reduces, emits;

  assign ready_o  = phase_q == fl_pkg::ROW_LOAD;
  assign takes    = valid_i & ready_o;
  assign at_end   = count_q == end_q;
  assign reduces  = phase_q == fl_pkg::ROW_REDUCE && go_i;
  assign emits    = phase_q == fl_pkg::ROW_EMIT;
  assign enable_o = ~emits_q[Latency-1] | ready_i;

  always_comb begin
    phase_d = phase_q;
    count_d = count_q;
    unique case (phase_q)
      fl_pkg::ROW_LOAD: begin
        if (takes) begin
          count_d = last_i ? '0 : count_q + 1'b1;
          if (last_i) phase_d = Reduces ? fl_pkg::ROW_REDUCE : fl_pkg::ROW_SCALAR;
        end
      end
      fl_pkg::ROW_SCALAR: if (scalar_done_i) phase_d = fl_pkg::ROW_EMIT;
      default: begin
        if ((reduces || emits) && enable_o) begin
          count_d = at_end ? '0 : count_q + 1'b1;
          if (at_end) phase_d = emits ? fl_pkg::ROW_LOAD : fl_pkg::ROW_SCALAR;
        end
      end
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      phase_q   <= fl_pkg::ROW_LOAD;
      count_q   <= '0;
      reduces_q <= '0;
      emits_q   <= '0;
    end else begin
      phase_q <= phase_d;
      count_q <= count_d;
      if (enable_o) begin
        reduces_q <= Latency'({reduces_q, reduces});
        emits_q   <= Latency'({emits_q, emits});
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (takes) begin
      row_q[count_q] <= data_i;
      max_q          <= count_q == '0 || data_i > max_q ? data_i : max_q;
      end_q          <= count_q;
    end
    if (enable_o) last_q <= Latency'({last_q, at_end});
  end

  assign element_o  = row_q[count_q];
  assign index_o    = count_q;
  assign max_o      = max_q;
  assign end_o      = end_q;
  assign reduces_o  = reduces_q;
  assign reducing_o = phase_q == fl_pkg::ROW_REDUCE;
  assign summed_o   = phase_q == fl_pkg::ROW_SCALAR && reduces_q == '0;
  assign valid_o    = emits_q[Latency-1];
  assign last_o     = last_q[Latency-1];

  `FL_CHECK_PARAMETER(LengthIsAPowerOfTwo, MaxLength >= 2 && (MaxLength & (MaxLength - 1)) == 0)
  `FL_CHECK_PARAMETER(PipelineHasTwoStages, Latency >= 2)
  `FL_ASSERT(RowFits, !takes || last_i || 32'(count_q) < MaxLength - 1)
  `FL_ASSERT(ScalarWorkInItsPhase, !scalar_done_i || phase_q == fl_pkg::ROW_SCALAR)

endmodule
