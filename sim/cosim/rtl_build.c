#include "sim/cosim/rtl_build.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/cosim/rtl_ports.h"

extern char **environ;

#define VERILATOR_INCLUDE "/usr/share/verilator/include"
/* -fno-const-bit-op-tree: Verilator 5.006 loses bits in trees of one-bit operations, even with -O0 (its issue
 * 4059 is one such case). Netlists consist of such operations, and anyone's RTL may. */
static const char VERILATOR_FLAGS[] =
    "--cc --assert -O3 -fno-const-bit-op-tree --output-split-cfuncs 400 --x-initial unique "
    "--x-assign unique --prefix Vdesign";
/* Our own sources have no warnings. Those of others are shown only with an error. */
static const char OWN_FLAGS[] = "-Wall", FOREIGN_FLAGS[] = "-Wno-fatal -Werror-USERFATAL -Werror-USERERROR",
                  NETLIST_FLAGS[] = "-Wno-lint -Wno-fatal";
static const char COMPILER_FLAGS[] =
    "-std=c++17 -O1 -fPIC -fvisibility=hidden -fno-gnu-unique -DVL_USER_STOP -DVL_USER_FATAL "
    "-DVL_USER_FINISH -DVERILATOR=1 -DVM_SC=0 -faligned-new "
    "-I" VERILATOR_INCLUDE " -I" VERILATOR_INCLUDE "/vltstd";
static const char *const RUNTIME[] = {"verilated", "verilated_threads", "verilated_vcd_c", "verilated_cov"};
enum { RUNTIME_COUNT = sizeof RUNTIME / sizeof *RUNTIME };
/* After the flow that areas are measured with, the cells are put in by their function (read_liberty without
 * -lib), so that the netlist needs no Verilog models of them. */
static const char YOSYS_SCRIPT[] =
    "script " FL_RTL_MAP "\nread_liberty -ignore_miss_func " FL_RTL_LIBERTY "\nflatten\nclean\n";

/* What Verilator is to watch beside the ports. */
static void watches(unsigned variant, fl_text *line)
{
    if (variant & FL_RTL_TRACE) fl_text_puts(line, " --trace");
    if (variant & FL_RTL_LINES) fl_text_puts(line, " --coverage-line");
    if (variant & FL_RTL_TOGGLES) fl_text_puts(line, " --coverage-toggle");
}

#define ASK_VERSIONS "verilator --version 2>&1; g++ -dumpfullversion -dumpmachine 2>&1"

/* Asked for once a process: the answers take a tenth of a second. NULL: out of memory. */
static const char *tool_versions(bool with_yosys)
{
    static char *answers[2];
    if (answers[with_yosys] != NULL) return answers[with_yosys];
    fl_text text = {0};
    char block[512];
    FILE *tools = popen(with_yosys ? ASK_VERSIONS "; yosys -V 2>&1" : ASK_VERSIONS, "r");
    if (tools != NULL) {
        for (size_t size; (size = fread(block, 1, sizeof block, tools)) > 0;)
            fl_text_append(&text, block, size);
        pclose(tools);
    }
    return answers[with_yosys] = fl_text_take(&text);
}

char *fl_rtl_recipe(unsigned variant)
{
    fl_text text = {0};
    const char *tools = tool_versions(variant & FL_RTL_NETLIST);
    if (tools == NULL) return NULL;
    fl_text_printf(&text, "%s%s", tools, VERILATOR_FLAGS);
    watches(variant, &text);
    fl_text_printf(&text, "\n%s\n", COMPILER_FLAGS);
    if (variant & FL_RTL_NETLIST) fl_text_printf(&text, "%s\n%s", NETLIST_FLAGS, YOSYS_SCRIPT);
    return fl_text_take(&text);
}

/* The lines of a log from the first error on, as far as there is room. Verilator counts warnings as errors
 * and says so in the last line only. */
static void print_log(const char *log, char *text, size_t size)
{
    static const char *const MARKS[] = {"%Error", "ERROR", "error:"}, LAST[] = "%Error: Exiting";
    char whole[16384];
    FILE *file = fopen(log, "r");
    size_t length = file != NULL ? fread(whole, 1, sizeof whole - 1, file) : 0;
    if (file != NULL) fclose(file);
    whole[length] = '\0';
    const char *from = whole;
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        const char *mark = strstr(whole, MARKS[i]);
        if (mark == NULL || strncmp(mark, LAST, sizeof LAST - 1) == 0) continue;
        while (mark > whole && mark[-1] != '\n') mark--;
        from = mark;
        break;
    }
    struct statvfs disk;
    if (*from != '\0')
        snprintf(text, size, "%.*s", (int)size - 1, from);
    else if (statvfs(log, &disk) == 0 && disk.f_bavail * disk.f_frsize < 1 << 20)
        snprintf(text, size, "no output; the disk of the cache is full");
    else
        snprintf(text, size, "no output");
    for (size_t end = strlen(text); end > 0 && text[end - 1] == '\n';) text[--end] = '\0';
}

/* Runs a shell command with its output in `log`. Every path in it is quoted by the caller with quote().
 * `tool` is also the name of a Debian package. */
static fl_status run(const char *log, const char *tool, const fl_text *command, fl_error *error)
{
    if (command->failed) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    char *argv[] = {"sh", "-c", command->bytes, NULL};
    pid_t child;
    int failure = posix_spawn(&child, "/bin/sh", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) return fl_fail(error, FL_BAD_INPUT, NULL, "/bin/sh: %s", strerror(failure));
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return FL_OK;
    char said[600];
    print_log(log, said, sizeof said);
    if (WIFSIGNALED(status))
        return fl_fail(error, FL_BAD_INPUT, NULL, "%s: %s", tool, strsignal(WTERMSIG(status)));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) /* the shell's: no such command */
        return fl_fail(error, FL_BAD_INPUT, NULL,
                       "%s: not found, and RTL is built with it (Debian package %s):\n%s", tool, tool, said);
    return fl_fail(error, FL_BAD_INPUT, NULL, "%s failed:\n%s\n(all of it: %s)", tool, said, log);
}

/* Appends a word in single quotes for the shell. */
static void quote(fl_text *text, const char *before, const char *word)
{
    fl_text_printf(text, " %s'", before);
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            fl_text_puts(text, "'\\''");
        else
            fl_text_append(text, word, 1);
    }
    fl_text_puts(text, "'");
}

static void enter(fl_text *line, const char *folder)
{
    fl_text_puts(line, "cd");
    quote(line, "", folder);
    fl_text_puts(line, " && ");
}

static void of_tree(const char *root, const char *file, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.2040s/%.2040s", root, file);
}

void fl_rtl_resolve(const fl_rtl_design *design, const char *root, const char *file, char path[PATH_MAX])
{
    if (*file == '/' || design->is_foreign)
        snprintf(path, PATH_MAX, "%.4090s", file);
    else
        of_tree(root, file, path);
}

/* Verilator's run-time library, compiled once for all designs. */
fl_status fl_rtl_build_runtime(const char *root, const char *folder, const char *log, fl_error *error)
{
    char header[PATH_MAX];
    of_tree(root, "sim/cosim/shell/print.h", header);
    fl_text line = {0};
    enter(&line, folder);
    fl_text_printf(&line, "g++ %s", COMPILER_FLAGS);
    quote(&line, "-include ", header);
    fl_text_printf(&line, " -c");
    for (size_t i = 0; i < RUNTIME_COUNT; i++)
        fl_text_printf(&line, " " VERILATOR_INCLUDE "/%s.cpp", RUNTIME[i]);
    fl_status status = run(log, "g++", &line, error);
    fl_text_free(&line);
    return status;
}

/* --- netlist ---------------------------------------------------------------------------------------------
 */

/* Run in the tree of sources: Yosys takes no quotes around a folder of -I. */
static void yosys_script(const fl_rtl_design *design, const char *root, fl_text *script)
{
    char path[PATH_MAX], whole[PATH_MAX];
    fl_text_puts(script, "read_verilog -sv -Irtl/common rtl/common/fl_pkg.sv");
    for (size_t i = 0; i < FL_RTL_MAX_FILES && design->files[i] != NULL; i++) {
        fl_rtl_resolve(design, root, design->files[i], path);
        fl_text_printf(script, " \"%s\"", realpath(path, whole) != NULL ? whole : path);
    }
    fl_text_printf(script, "\nhierarchy -check -top %s", design->top);
    for (const fl_rtl_param *p = design->params; p->name != NULL; p++)
        fl_text_printf(script, " -chparam %s %u", p->name, p->value);
    fl_text_printf(script, "\n%srename -top %s\n", YOSYS_SCRIPT, design->top);
}

fl_status fl_rtl_build_netlist(const fl_rtl_design *design, const char *root, const char *folder,
                               const char *log, fl_error *error)
{
    char path[PATH_MAX];
    if (access(FL_RTL_LIBERTY, R_OK) != 0)
        return fl_fail(error, FL_BAD_INPUT, NULL,
                       FL_RTL_LIBERTY ": cannot read: %s (Debian package qflow-tech-osu018)",
                       strerror(errno));
    fl_text script = {0}, line = {0};
    yosys_script(design, root, &script);
    fl_text_printf(&script, "write_verilog -noattr \"%s/netlist.v\"\n", folder);
    of_tree(folder, "netlist.ys", path);
    fl_status status = fl_file_write_text(path, &script, error);
    enter(&line, root);
    quote(&line, "yosys -q -s ", path);
    if (status == FL_OK) status = run(log, "yosys", &line, error);
    fl_text_free(&script);
    fl_text_free(&line);
    return status;
}

/* --- shared object -----------------------------------------------------------------------------------------
 */

static fl_status write_ports(const fl_rtl_design *design, const char *folder, fl_error *error)
{
    char path[PATH_MAX];
    fl_text text = {0};
    for (const fl_rtl_port *p = design->ports; p->name != NULL; p++)
        fl_text_printf(&text, "FL_%s(%s, %zu)\n", p->is_output ? "OUTPUT" : "INPUT", p->name,
                       fl_rtl_words(p->width_bits));
    of_tree(folder, "ports.inc", path);
    fl_status status = fl_file_write_text(path, &text, error);
    fl_text_free(&text);
    return status;
}

/* Cuts the path's last part off. */
static const char *folder_of(char path[PATH_MAX])
{
    char *slash = strrchr(path, '/');
    if (slash == NULL) return ".";
    *slash = '\0';
    return path;
}

void fl_rtl_verilator(const fl_rtl_design *design, unsigned variant, const char *root, fl_text *line)
{
    char path[PATH_MAX];
    fl_text_printf(line, "verilator %s %s --top-module %s", VERILATOR_FLAGS,
                   design->is_foreign ? FOREIGN_FLAGS : OWN_FLAGS, design->top);
    watches(variant, line);
    of_tree(root, "rtl/common", path);
    quote(line, "-I", path);
    for (const fl_rtl_param *p = design->params; p->name != NULL; p++)
        fl_text_printf(line, " -G%s=%u", p->name, p->value);
    of_tree(root, "rtl/lint/waivers.vlt", path);
    quote(line, "", path);
    of_tree(root, "rtl/common/fl_pkg.sv", path);
    quote(line, "", path);
    for (size_t i = 0; i < FL_RTL_MAX_FILES && design->files[i] != NULL; i++) {
        fl_rtl_resolve(design, root, design->files[i], path);
        quote(line, "", path);
        if (design->is_foreign) quote(line, "-I", folder_of(path)); /* for what it includes */
    }
}

/* The netlist has the module's name and ports, no parameters, and waves and coverage of its own. */
static void verilator_of_netlist(const fl_rtl_design *design, unsigned variant, const char *folder,
                                 fl_text *line)
{
    char path[PATH_MAX];
    fl_text_printf(line, "verilator %s %s --top-module %s", VERILATOR_FLAGS, NETLIST_FLAGS, design->top);
    watches(variant, line);
    of_tree(folder, "netlist.v", path);
    quote(line, "", path);
}

fl_status fl_rtl_verilate(const fl_rtl_design *design, unsigned variant, const char *root, const char *folder,
                          const char *log, fl_error *error)
{
    char header[PATH_MAX];
    fl_text line = {0};
    if (variant & FL_RTL_NETLIST)
        verilator_of_netlist(design, variant, folder, &line);
    else
        fl_rtl_verilator(design, variant, root, &line);
    quote(&line, "--Mdir ", folder);
    fl_status status = run(log, "verilator", &line, error);
    fl_text_free(&line);
    of_tree(folder, "Vdesign.h", header);
    if (status == FL_OK) status = fl_rtl_check_ports(design, header, error);
    if (status == FL_OK) status = write_ports(design, folder, error);
    return status;
}

fl_status fl_rtl_compile(const fl_rtl_design *design, unsigned variant, const char *root, const char *folder,
                         const char *runtime, const char *log, fl_error *error)
{
    char path[PATH_MAX];
    fl_text line = {0};
    enter(&line, folder);
    /* One translation unit: Verilator's headers cost more than its code. */
    fl_text_puts(&line, "printf '#include \"%s\"\\n' Vdesign*.cpp > all.cpp && ");
    fl_text_printf(&line, "g++ %s", COMPILER_FLAGS);
    fl_text_printf(&line,
                   " -shared -Wl,-Bsymbolic -DFL_RTL_TOP=Vdesign -DFL_RTL_CLOCKED=%d -DFL_RTL_WITH_TRACE=%d "
                   "-DFL_RTL_WITH_COVERAGE=%d -DVM_TRACE=%d -DVM_COVERAGE=%d -I.",
                   design->clocked, (variant & FL_RTL_TRACE) != 0, (variant & FL_RTL_COVERAGE) != 0,
                   (variant & FL_RTL_TRACE) != 0, (variant & FL_RTL_COVERAGE) != 0);
    quote(&line, "-I", root);
    of_tree(root, "sim/cosim/shell/print.h", path);
    quote(&line, "-include ", path);
    of_tree(root, "sim/cosim/shell/shell.cpp", path);
    quote(&line, "", path);
    fl_text_puts(&line, " all.cpp");
    for (size_t i = 0; i < RUNTIME_COUNT; i++) {
        snprintf(path, sizeof path, "%.*s/%s.o", PATH_MAX - 64, runtime, RUNTIME[i]);
        quote(&line, "", path);
    }
    fl_text_puts(&line, " -lpthread -o " FL_RTL_LIBRARY " && rm -f Vdesign* all.cpp netlist.ys");
    fl_status status = run(log, "g++", &line, error);
    fl_text_free(&line);
    return status;
}
