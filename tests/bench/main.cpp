// Runs Google Benchmark inside SystemC's main, so that benchmarks may build modules.
#include <benchmark/benchmark.h>
#include <systemc>

int sc_main(int argc, char **argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
