// The shell around one Verilated design, compiled once per design: FL_RTL_TOP names the class, ports.inc
// lists the ports. Assertions of the RTL end in vl_stop, which throws; no exception leaves the shell.
#include "sim/cosim/shell/shell.h"

#include <cstdarg>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include <Vdesign.h>
#include <verilated.h>
#if FL_RTL_WITH_TRACE
#include <verilated_vcd_c.h>
#endif
#if FL_RTL_WITH_COVERAGE
#include <verilated_cov.h>
#endif

namespace
{
thread_local std::string printed;
} // namespace

int fl_rtl_print(const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    const int size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    printed += text;
    return size;
}

[[noreturn]] static void stop(const char *file, int line)
{
    throw std::runtime_error(printed.empty() ? std::string(file) + ":" + std::to_string(line) + ": stopped"
                                             : printed);
}

void vl_stop(const char *file, int line, const char *) { stop(file, line); }
void vl_fatal(const char *file, int line, const char *, const char *text)
{
    printed += text;
    stop(file, line);
}
void vl_finish(const char *file, int line, const char *) { stop(file, line); }

namespace
{
template <typename Port> void put(Port &port, const uint32_t *words, size_t count)
{
    uint64_t value = words[0];
    if (count > 1) value |= uint64_t{words[1]} << 32;
    port = static_cast<Port>(value);
}
template <std::size_t N> void put(VlWide<N> &port, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; ++i) port[i] = words[i];
}
template <typename Port> void get(const Port &port, uint32_t *words, size_t count)
{
    words[0] = static_cast<uint32_t>(port);
    if (count > 1) words[1] = static_cast<uint32_t>(uint64_t{port} >> 32);
}
template <std::size_t N> void get(const VlWide<N> &port, uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; ++i) words[i] = port[i];
}

struct Instance {
    VerilatedContext context;
    std::unique_ptr<FL_RTL_TOP> top;
#if FL_RTL_WITH_TRACE
    VerilatedVcdC vcd;
    bool traces = false;
#endif
    std::string message;
    uint64_t cycle = 0;

    explicit Instance(uint32_t seed)
    {
        context.randSeed(static_cast<int>(seed % 0x7fffffffu + 1)); // 0 would mean: take one from the clock
        context.randReset(2);
#if FL_RTL_WITH_TRACE
        context.traceEverOn(true);
#endif
        top = std::make_unique<FL_RTL_TOP>(&context);
    }

    // `ns`: into the cycle.
    void evaluate(unsigned ns)
    {
        context.time(cycle * FL_RTL_CYCLE_NS + ns);
        top->eval();
#if FL_RTL_WITH_TRACE
        if (traces) vcd.dump(context.time());
#endif
    }

    template <typename Action> int guard(Action action)
    {
        printed.clear();
        try {
            action();
            return 0;
        } catch (const std::exception &failure) {
            message = failure.what();
            return 1;
        }
    }
};

Instance &at(void *instance) { return *static_cast<Instance *>(instance); }

void *open_instance(uint32_t seed) { return new Instance(seed); }

void close_instance(void *instance)
{
#if FL_RTL_WITH_TRACE
    if (at(instance).traces) {
        at(instance).vcd.dump((at(instance).cycle + 1) * FL_RTL_CYCLE_NS); // shows the last values
        at(instance).vcd.close();
    }
#endif
    delete &at(instance);
}

// Is seen in the waves with the inputs of the cycle.
int reset([[maybe_unused]] void *instance, [[maybe_unused]] int active)
{
#if FL_RTL_CLOCKED
    return at(instance).guard([&] {
        at(instance).top->rst_ni = !active;
        at(instance).top->clk_i = 0;
        at(instance).top->eval();
    });
#else
    return 0;
#endif
}

void read(const FL_RTL_TOP &top, uint32_t *out)
{
#define FL_INPUT(port, words)
#define FL_OUTPUT(port, words) get(top.port, out, words), out += words;
#include <ports.inc>
#undef FL_INPUT
#undef FL_OUTPUT
}

int settle(void *instance, const uint32_t *in, uint32_t *out)
{
    return at(instance).guard([&] {
        FL_RTL_TOP &top = *at(instance).top;
        (void)in;
#if FL_RTL_CLOCKED
        top.clk_i = 0;
#endif
#define FL_INPUT(port, words) put(top.port, in, words), in += words;
#define FL_OUTPUT(port, words)
#include <ports.inc>
#undef FL_INPUT
#undef FL_OUTPUT
        at(instance).evaluate(0);
        read(top, out);
    });
}

int clock_edge(void *instance, [[maybe_unused]] uint32_t *out)
{
    return at(instance).guard([&] {
#if FL_RTL_CLOCKED
        at(instance).top->clk_i = 1;
        at(instance).evaluate(FL_RTL_CYCLE_NS / 2);
        if (out != nullptr) read(*at(instance).top, out);
#endif
        ++at(instance).cycle;
    });
}

const char *message(const void *instance) { return static_cast<const Instance *>(instance)->message.c_str(); }

void trace([[maybe_unused]] void *instance, [[maybe_unused]] const char *path)
{
#if FL_RTL_WITH_TRACE
    at(instance).top->trace(&at(instance).vcd, 99);
    at(instance).vcd.set_time_unit("1ns");
    at(instance).vcd.set_time_resolution("1ns");
    at(instance).vcd.open(path);
    at(instance).traces = true;
#endif
}

void coverage([[maybe_unused]] void *instance, [[maybe_unused]] const char *path)
{
#if FL_RTL_WITH_COVERAGE
    at(instance).context.coveragep()->write(path);
#endif
}
} // namespace

extern "C" __attribute__((visibility("default"))) const fl_rtl_shell_ops fl_rtl_shell;
const fl_rtl_shell_ops fl_rtl_shell = {open_instance, close_instance, reset, settle,
                                       clock_edge,    message,        trace, coverage};
