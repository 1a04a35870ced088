/* Builds designs with Verilator and the C++ compiler, and keeps them under the hash of everything that goes
 * in: tool versions, flags, parameters, ports, sources. A directory appears under its final name only when
 * complete, so two processes that build the same design at once do not disturb each other. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/cosim/rtl.h"

extern char **environ;

#define VERILATOR_INCLUDE "/usr/share/verilator/include"
#define LIBRARY_NAME      "design.so"
static const char *const COMMON[] = {"rtl/common/fl_pkg.sv",    "rtl/common/fl_assert.svh",
                                     "rtl/lint/waivers.vlt",    "sim/cosim/shell/shell.cpp",
                                     "sim/cosim/shell/shell.h", "sim/cosim/shell/print.h"};
enum { COMMON_COUNT = sizeof COMMON / sizeof *COMMON };
static const char VERILATOR_FLAGS[] =
    "--cc --assert -Wall -O3 --x-initial unique --x-assign unique --prefix Vdesign";
static const char COMPILER_FLAGS[] =
    "-std=c++17 -O1 -fPIC -fvisibility=hidden -fno-gnu-unique -DVL_USER_STOP -DVL_USER_FATAL "
    "-DVL_USER_FINISH -DVERILATOR=1 -DVM_SC=0 -faligned-new "
    "-I" VERILATOR_INCLUDE " -I" VERILATOR_INCLUDE "/vltstd";
static const char *const RUNTIME[] = {"verilated", "verilated_threads", "verilated_vcd_c", "verilated_cov"};
enum { RUNTIME_COUNT = sizeof RUNTIME / sizeof *RUNTIME };

/* FNV-1a of 64 bits over everything hashed so far, twice with different starts. */
typedef struct hash {
    uint64_t low, high;
} hash;

static void hash_bytes(hash *h, const void *bytes, size_t size)
{
    const unsigned char *next = bytes;
    for (size_t i = 0; i < size; i++) {
        h->low = (h->low ^ next[i]) * 0x100000001B3u;
        h->high = (h->high ^ next[i]) * 0x100000001B3u + 0x9E3779B97F4A7C15u;
    }
}

static void hash_text(hash *h, const char *text) { hash_bytes(h, text, strlen(text) + 1); }

static fl_status hash_file(hash *h, const char *path, fl_error *error)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "%s: cannot read: %s", path, strerror(errno));
    char block[4096];
    size_t size;
    while ((size = fread(block, 1, sizeof block, file)) > 0) hash_bytes(h, block, size);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed) return fl_fail(error, FL_BAD_INPUT, NULL, "%s: cannot read", path);
    hash_bytes(h, "", 1);
    return FL_OK;
}

/* Runs a shell command with its output in `log`. Every path in it is quoted by the caller with quote(). */
static fl_status run(const char *log, const char *command, fl_error *error)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    char *argv[] = {"sh", "-c", (char *)(uintptr_t)command, NULL};
    pid_t child;
    int failure = posix_spawn(&child, "/bin/sh", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) return fl_fail(error, FL_BAD_INPUT, NULL, "/bin/sh: %s", strerror(failure));
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return FL_OK;
    char first[512] = "no output";
    FILE *file = fopen(log, "r");
    if (file != NULL) {
        size_t size = fread(first, 1, sizeof first - 1, file);
        first[size] = '\0';
        fclose(file);
    }
    return fl_fail(error, FL_BAD_INPUT, NULL, "%s: the build failed (%.20s ...)\n%s", log, command, first);
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

static void tool_versions(char *text, size_t size)
{
    FILE *tool = popen("verilator --version 2>&1; g++ -dumpfullversion -dumpmachine 2>&1", "r");
    size_t length = 0;
    if (tool != NULL) {
        length = fread(text, 1, size - 1, tool);
        pclose(tool);
    }
    text[length] = '\0';
}

/* Absolute, since the tools run in folders of their own. `path` has PATH_MAX bytes. */
static fl_status cache_folder(char *path, fl_error *error)
{
    const char *own = getenv("FLINTLOCK_CACHE"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char wanted[PATH_MAX];
    int length;
    if (own != NULL && *own != '\0')
        length = snprintf(wanted, sizeof wanted, "%s", own);
    else if (cache != NULL && *cache == '/')
        length = snprintf(wanted, sizeof wanted, "%s/flintlock", cache);
    else if (home != NULL && *home == '/')
        length = snprintf(wanted, sizeof wanted, "%s/.cache/flintlock", home);
    else
        length = snprintf(wanted, sizeof wanted, "/tmp/flintlock-%u", (unsigned)getuid());
    if (length < 0 || (size_t)length >= sizeof wanted)
        return fl_fail(error, FL_BAD_INPUT, NULL, "the cache folder's path is too long");
    fl_status status = fl_make_directory(wanted, error);
    if (status != FL_OK || realpath(wanted, path) != NULL) return status;
    return fl_fail(error, FL_BAD_INPUT, NULL, "%s: %s", wanted, strerror(errno));
}

static void resolve(const char *root, const char *file, char path[PATH_MAX])
{
    if (*file == '/')
        snprintf(path, PATH_MAX, "%.4090s", file);
    else
        snprintf(path, PATH_MAX, "%.2040s/%.2040s", root, file);
}

static fl_status hash_design(const fl_rtl_design *design, unsigned variant, const char *root,
                             const char *versions, hash *h, fl_error *error)
{
    char path[PATH_MAX];
    *h = (hash){0xCBF29CE484222325u, 0x84222325CBF29CE4u};
    hash_text(h, versions);
    hash_text(h, VERILATOR_FLAGS);
    hash_text(h, COMPILER_FLAGS);
    hash_text(h, design->top);
    hash_bytes(h, &variant, sizeof variant);
    hash_bytes(h, &design->clocked, sizeof design->clocked);
    for (const fl_rtl_param *p = design->params; p->name != NULL; p++) {
        hash_text(h, p->name);
        hash_bytes(h, &p->value, sizeof p->value);
    }
    for (const fl_rtl_port *p = design->ports; p->name != NULL; p++) {
        hash_text(h, p->name);
        hash_bytes(h, &p->width_bits, sizeof p->width_bits);
        hash_bytes(h, &p->is_output, sizeof p->is_output);
    }
    fl_status status = FL_OK;
    for (size_t i = 0; status == FL_OK && i < COMMON_COUNT; i++) {
        resolve(root, COMMON[i], path);
        status = hash_file(h, path, error);
    }
    for (size_t i = 0; status == FL_OK && i < FL_RTL_MAX_FILES && design->files[i] != NULL; i++) {
        hash_text(h, design->files[i]);
        resolve(root, design->files[i], path);
        status = hash_file(h, path, error);
    }
    return status;
}

static fl_status write_ports(const fl_rtl_design *design, const char *folder, fl_error *error)
{
    char path[PATH_MAX];
    fl_text text = {0};
    for (const fl_rtl_port *p = design->ports; p->name != NULL; p++)
        fl_text_printf(&text, "FL_%s(%s, %zu)\n", p->is_output ? "OUTPUT" : "INPUT", p->name,
                       fl_rtl_words(p->width_bits));
    snprintf(path, sizeof path, "%.*s/ports.inc", PATH_MAX - 16, folder);
    fl_status status = fl_file_write_text(path, &text, error);
    fl_text_free(&text);
    return status;
}

static void enter(fl_text *line, const char *folder)
{
    fl_text_puts(line, "cd");
    quote(line, "", folder);
    fl_text_puts(line, " && ");
}

/* Verilator's run-time library, compiled once for all designs. */
static fl_status build_runtime(const char *root, const char *folder, const char *log, fl_error *error)
{
    char header[PATH_MAX];
    resolve(root, "sim/cosim/shell/print.h", header);
    fl_text line = {0};
    enter(&line, folder);
    fl_text_printf(&line, "g++ %s", COMPILER_FLAGS);
    quote(&line, "-include ", header);
    fl_text_printf(&line, " -c");
    for (size_t i = 0; i < RUNTIME_COUNT; i++)
        fl_text_printf(&line, " " VERILATOR_INCLUDE "/%s.cpp", RUNTIME[i]);
    fl_status status = run(log, line.bytes, error);
    fl_text_free(&line);
    return status;
}

static fl_status verilate(const fl_rtl_design *design, unsigned variant, const char *root, const char *folder,
                          const char *log, fl_error *error)
{
    char path[PATH_MAX];
    fl_text line = {0};
    fl_text_printf(&line, "verilator %s --top-module %s", VERILATOR_FLAGS, design->top);
    if (variant & FL_RTL_TRACE) fl_text_puts(&line, " --trace");
    if (variant & FL_RTL_COVERAGE) fl_text_puts(&line, " --coverage-line --coverage-toggle");
    quote(&line, "--Mdir ", folder);
    resolve(root, "rtl/common", path);
    quote(&line, "-I", path);
    for (const fl_rtl_param *p = design->params; p->name != NULL; p++)
        fl_text_printf(&line, " -G%s=%u", p->name, p->value);
    resolve(root, "rtl/lint/waivers.vlt", path);
    quote(&line, "", path);
    resolve(root, "rtl/common/fl_pkg.sv", path);
    quote(&line, "", path);
    for (size_t i = 0; i < FL_RTL_MAX_FILES && design->files[i] != NULL; i++) {
        resolve(root, design->files[i], path);
        quote(&line, "", path);
    }
    fl_status status = run(log, line.bytes, error);
    fl_text_free(&line);
    return status;
}

static fl_status compile(const fl_rtl_design *design, unsigned variant, const char *root, const char *folder,
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
    resolve(root, "sim/cosim/shell/print.h", path);
    quote(&line, "-include ", path);
    resolve(root, "sim/cosim/shell/shell.cpp", path);
    quote(&line, "", path);
    fl_text_puts(&line, " all.cpp");
    for (size_t i = 0; i < RUNTIME_COUNT; i++) {
        snprintf(path, sizeof path, "%.*s/%s.o", PATH_MAX - 64, runtime, RUNTIME[i]);
        quote(&line, "", path);
    }
    fl_text_puts(&line, " -lpthread -o " LIBRARY_NAME " && rm -f Vdesign* all.cpp");
    fl_status status = run(log, line.bytes, error);
    fl_text_free(&line);
    return status;
}

static void remove_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    if (entries == NULL) return;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
    rmdir(folder);
}

/* Moves a finished folder to its place; somebody else's finished one is as good. */
static fl_status publish(const char *from, const char *to, fl_error *error)
{
    if (rename(from, to) == 0) return FL_OK;
    int failure = errno;
    remove_folder(from);
    if (failure == EEXIST || failure == ENOTEMPTY) return FL_OK;
    return fl_fail(error, FL_BAD_INPUT, NULL, "%s: cannot be made: %s", to, strerror(failure));
}

static fl_status ensure_runtime(const char *cache, const char *root, const char *versions,
                                char path[PATH_MAX], fl_error *error)
{
    hash h = {0xCBF29CE484222325u, 0x84222325CBF29CE4u};
    char work[PATH_MAX], log[PATH_MAX];
    hash_text(&h, versions);
    hash_text(&h, COMPILER_FLAGS);
    snprintf(path, PATH_MAX, "%.*s/runtime-%016llx", PATH_MAX - 64, cache, (unsigned long long)h.low);
    if (access(path, R_OK) == 0) return FL_OK;
    snprintf(work, sizeof work, "%.*s/.building-runtime-%d", PATH_MAX - 64, cache, (int)getpid());
    snprintf(log, sizeof log, "%.*s.log", PATH_MAX - 16, work);
    if (isatty(STDERR_FILENO)) fprintf(stderr, "flintlock: compiling Verilator's run-time library\n");
    fl_status status = fl_make_directory(work, error);
    if (status == FL_OK) status = build_runtime(root, work, log, error);
    if (status != FL_OK) return status;
    unlink(log);
    return publish(work, path, error);
}

fl_status fl_rtl_build(const fl_rtl_design *design, unsigned variant, char *path, size_t size,
                       fl_error *error)
{
    char root[PATH_MAX], cache[PATH_MAX], place[PATH_MAX], work[PATH_MAX], log[PATH_MAX], runtime[PATH_MAX],
        versions[512];
    hash h;
    tool_versions(versions, sizeof versions);
    fl_status status = fl_rtl_root(root, sizeof root, error);
    if (status == FL_OK) status = cache_folder(cache, error);
    if (status == FL_OK) status = hash_design(design, variant, root, versions, &h, error);
    if (status != FL_OK) return status;
    snprintf(place, sizeof place, "%.*s/%.64s-%016llx%016llx", PATH_MAX - 128, cache, design->top,
             (unsigned long long)h.low, (unsigned long long)h.high);
    int length = snprintf(path, size, "%s/" LIBRARY_NAME, place);
    if (length < 0 || (size_t)length >= size)
        return fl_fail(error, FL_BAD_INPUT, NULL, "%s: the path is too long", cache);
    if (access(path, R_OK) == 0) return FL_OK;

    status = ensure_runtime(cache, root, versions, runtime, error);
    if (status != FL_OK) return status;
    snprintf(work, sizeof work, "%.*s/.building-%.64s-%d", PATH_MAX - 128, cache, design->top, (int)getpid());
    snprintf(log, sizeof log, "%.*s.log", PATH_MAX - 16, work);
    if (isatty(STDERR_FILENO)) fprintf(stderr, "flintlock: building %s with Verilator\n", design->top);
    unlink(log);
    status = fl_make_directory(work, error);
    if (status == FL_OK) status = write_ports(design, work, error);
    if (status == FL_OK) status = verilate(design, variant, root, work, log, error);
    if (status == FL_OK) status = compile(design, variant, root, work, runtime, log, error);
    if (status != FL_OK) {
        remove_folder(work);
        return status;
    }
    unlink(log);
    return publish(work, place, error);
}
