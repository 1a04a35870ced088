# flintlock: the only build file. `make help` lists the targets.
# Order: settings, sources, rules, programs, the user's targets, checks.

# --- settings ---------------------------------------------------------------------------------------------------
BUILD    ?= build
PREFIX   ?= /usr/local
OUT      ?= out
V        ?= 0
CC       := gcc
CXX      := g++
OPTIMISE ?= -O2
WARN     := -Wall -Wextra -Wshadow -Wconversion -Werror
CPPFLAGS += -I. -D_GNU_SOURCE
CFLAGS   += -std=c11 -g1 $(OPTIMISE) $(WARN) -Wstrict-prototypes -Wmissing-prototypes $(SANITIZE)
CXXFLAGS += -std=c++17 -g1 $(OPTIMISE) $(WARN) -Wno-missing-field-initializers $(SANITIZE)
LDFLAGS  += $(SANITIZE)
LDLIBS   := -lsystemc -lfyaml -lsqlite3 -lz -lm -lpthread
MAKEFLAGS += --no-builtin-rules $(if $(filter 0,$(MAKELEVEL)),--jobs=$(shell nproc)) # deeper makes share the jobs
QUIET     = $(if $(filter 1,$(V)),,@)
say       = $(if $(filter 1,$(V)),,@printf '  %-6s %s\n' $(1) $(2))

# --- sources: wildcards only, so that adding a part is adding files -----------------------------------------------
# EXTRA names a folder with additional parts (tests use it to prove that a part is added by files alone).
EXTRA    ?=
PART_DIRS := memory $(wildcard pe/*) $(wildcard pe/vector/*) $(wildcard memory/*) sim/base sim/cosim sim/cosim/blocks sim/machine \
             sim/cost sim/report sim/report/html sim/sweep workloads $(wildcard workloads/*) $(EXTRA)
LIB_C    := $(sort $(foreach d,$(PART_DIRS),$(wildcard $(d)/*.c)))
LIB_CXX  := $(sort $(foreach d,$(PART_DIRS),$(wildcard $(d)/*.cpp)))
CLI_SRC  := $(wildcard sim/cli/*.c sim/cli/*.cpp)
TEST_SRC := $(sort $(shell find tests/unit tests/conformance tests/system tests/support -name '*.cpp' 2>/dev/null) \
                   $(wildcard tests/support/*.c))
BENCH_SRC := $(sort $(wildcard tests/bench/*.cpp))
FUZZERS  := $(patsubst tests/fuzz/%_fuzz.c,%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))

objects   = $(patsubst %,$(BUILD)/%.o,$(1))
LIB_OBJ  := $(call objects,$(LIB_C) $(LIB_CXX))
CLI_OBJ  := $(call objects,$(CLI_SRC))
# Tests are compiled once, without sanitizers: these are for what is tested, and would take most of the time of `make test`.
TEST_BUILD ?= $(BUILD)
TEST_OBJ := $(patsubst %,$(TEST_BUILD)/%.o,$(TEST_SRC))
BENCH_OBJ := $(call objects,$(BENCH_SRC))
FLINTLOCK := $(BUILD)/flintlock
# The numerics library by itself. Its objects are position-independent, so both forms of it come from the same.
NUM_OBJ  := $(patsubst %,$(BUILD)/pic/%.o,$(sort $(wildcard pe/num/*.c)))
NUM_LIBS := $(BUILD)/libflintnum.a $(BUILD)/libflintnum.so
VERSION  := $(shell sed -n 's/^.define FL_VERSION "\(.*\)"/\1/p' sim/report/report.h)
SONAME   := libflintnum.so.$(firstword $(subst ., ,$(VERSION)))

.PHONY: all run test test-long test-unit bench lint lint-rtl area layers format install install-num help clean build docs fuzz setup setup-test
all: build

# --- rules --------------------------------------------------------------------------------------------------------
$(BUILD)/%.c.o: %.c | setup
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(QUIET)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/%.cpp.o: %.cpp | setup
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(QUIET)$(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/pic/%.c.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(QUIET)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -MMD -MP -c $< -o $@

$(TEST_OBJ) $(BENCH_OBJ): | setup-test

# What compiles faster is ready earlier; tests spend their time in what they test.
$(TEST_OBJ): OPTIMISE := $(OPTIMISE:-O2=-O1)

# Inner loops over rows of numbers, vectorised, and memories, which take most of a run.
$(BUILD)/pe/num/%.c.o $(BUILD)/pic/%.c.o $(BUILD)/pe/vector/%.c.o $(BUILD)/pe/array/array_gemm.c.o $(BUILD)/workloads/%.c.o $(BUILD)/memory/%.c.o: OPTIMISE := $(if $(filter -O2,$(OPTIMISE)),-O3,$(OPTIMISE))

# The report's page is linked in as it stands (.incbin).
$(BUILD)/sim/report/html/page.c.o: $(wildcard sim/report/html/*.html sim/report/html/*.css sim/report/html/*.js)

# --- programs: objects are linked, never an archive, or the linker would drop self-registering parts ---------------
$(FLINTLOCK): $(LIB_OBJ) $(CLI_OBJ)
	$(call say,LINK,$@)
	$(QUIET)$(CXX) $(LDFLAGS) $^ -o $@ $(LDLIBS)

$(BUILD)/unit_tests: $(LIB_OBJ) $(filter-out %/main.c.o,$(CLI_OBJ)) $(TEST_OBJ)
	$(call say,LINK,$@)
	$(QUIET)$(CXX) $(LDFLAGS) $^ -o $@ -lgtest -lgmock $(LDLIBS)

$(BUILD)/benchmarks: $(LIB_OBJ) $(BENCH_OBJ)
	$(call say,LINK,$@)
	$(QUIET)$(CXX) $(LDFLAGS) $^ -o $@ -lbenchmark -lopenblas $(LDLIBS)

$(BUILD)/libflintnum.a: $(NUM_OBJ)
	$(call say,AR,$@)
	$(QUIET)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/libflintnum.so: $(NUM_OBJ)
	$(call say,LINK,$@)
	$(QUIET)$(CC) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) $^ -o $@ -lm

# Objects reached through two pattern rules would be deleted as intermediate.
.SECONDARY:

# A fuzzer is an LLVMFuzzerTestOneInput; the driver mutates its corpus. It takes all C, and no SystemC.
FUZZED_C := $(filter-out sim/report/% sim/sweep/% sim/cosim/%,$(LIB_C)) tests/fuzz/driver.c tests/support/test_machine.c
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%_fuzz.c.o $(call objects,$(FUZZED_C))
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(QUIET)$(CC) $(LDFLAGS) $^ -o $@ -lfyaml -lz -lm

# --- what the user runs -------------------------------------------------------------------------------------------
setup: ## install the Debian packages that are missing (asks nothing, says what it installs)
	@scripts/setup

setup-test: setup ## install what tests, benchmarks, lint and synthesis need on top
	@scripts/setup test

build: $(FLINTLOCK) ## build build/flintlock

run: build ## simulate BERT-base on the default machine, print the table, write out/bert_base/
	$(FLINTLOCK) run configs/machines/ant_os_64.yaml workloads/bert_base.yaml --out $(OUT)/bert_base

test-unit: $(BUILD)/unit_tests ## unit, conformance and system tests only (FILTER=Pattern* selects)
	$(QUIET)$(BUILD)/unit_tests --gtest_brief=1 $(if $(FILTER),--gtest_filter='$(FILTER)')

# --- checks -------------------------------------------------------------------------------------------------------
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined

test: build $(BUILD)/unit_tests ## everything CI runs; ends with 'N passed, N failed'
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitize TEST_BUILD=$(BUILD) SANITIZE='$(SANITIZERS)' OPTIMISE=-O1 \
	    $(BUILD)/sanitize/unit_tests $(BUILD)/sanitize/flintlock
	@BUILD=$(BUILD) scripts/run_tests

test-long: test ## the same with ten times the random cases, whole-model checks and a minute of fuzzing per reader
	@BUILD=$(BUILD) scripts/run_tests long
	@$(MAKE) --no-print-directory fuzz SECONDS=60

bench: $(BUILD)/benchmarks build ## measure the budgets of the design and print them as a table
	@BUILD=$(BUILD) scripts/run_benchmarks

lint: lint-rtl | setup-test ## static checks: cppcheck on C and C++, Verilator and Yosys on every RTL block
	@cppcheck --quiet --error-exitcode=1 --inline-suppr --enable=warning,portability --suppress=missingIncludeSystem \
	    --suppress=unknownMacro --suppressions-list=scripts/cppcheck.supp -I. -D_GNU_SOURCE pe memory sim workloads

lint-rtl: | setup-test ## Verilator -Wall and Yosys on every RTL block
	@scripts/lint_rtl

area: build | setup-test ## area, speed and energy of the RTL blocks from gates (Yosys, OpenSTA): configs/costs/osu018*.yaml
	@FLINTLOCK=$(FLINTLOCK) scripts/synthesise

layers: ## check that includes point one way (docs/architecture.md)
	@scripts/check_layers

docs: build ## regenerate the pages that are printed from tables
	@FLINTLOCK=$(FLINTLOCK) scripts/make_docs

install: build install-num ## copy flintlock, its configurations, workloads, RTL and examples, and the numerics library to PREFIX (/usr/local)
	install -D $(FLINTLOCK) $(DESTDIR)$(PREFIX)/bin/flintlock
	@for f in $$(git ls-files 'configs/*.yaml' 'workloads/*.yaml' 'workloads/models/*.safetensors' rtl sim/cosim/shell tests/data/own_rtl); do \
	    install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/flintlock/$$f || exit 1; done

install-num: $(NUM_LIBS) ## copy the numerics library alone: headers, static and shared library, pkg-config file
	@for f in pe/num/*.h; do install -D -m 644 $$f $(DESTDIR)$(PREFIX)/include/flintlock/$$f || exit 1; done
	install -D -m 644 $(BUILD)/libflintnum.a $(DESTDIR)$(PREFIX)/lib/libflintnum.a
	install -D -m 755 $(BUILD)/libflintnum.so $(DESTDIR)$(PREFIX)/lib/libflintnum.so.$(VERSION)
	ln -sf libflintnum.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(PREFIX)/lib/libflintnum.so
	@mkdir -p $(DESTDIR)$(PREFIX)/lib/pkgconfig
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' pe/num/flintnum.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/flintnum.pc

SECONDS  ?= 60
fuzz: ## mutate the inputs of each reader for SECONDS=60, with address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitize \
	    SANITIZE='$(SANITIZERS)' OPTIMISE=-O1 $(FUZZERS:%=$(BUILD)/sanitize/fuzz/%)
	@for f in $(FUZZERS); do $(BUILD)/sanitize/fuzz/$$f $(SECONDS) tests/fuzz/corpus/$$f || exit 1; done

format: ## format the C and C++ sources in place
	@git ls-files '*.c' '*.h' '*.cpp' | xargs clang-format -i

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' $(MAKEFILE_LIST) | awk -F': ' '{printf "  make %-14s %s\n", $$1, $$2}'

clean: ## remove everything under build/
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
