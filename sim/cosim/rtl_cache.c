/* Builds designs with Verilator and the C++ compiler, and keeps them under the hash of everything that goes
 * in: tool versions, flags, parameters, ports, sources. A directory appears under its final name only when
 * complete, so two processes that build the same design at once do not disturb each other, and an interrupted
 * build leaves nothing that another would take. */
#include <dirent.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/cosim/rtl_build.h"

static const char *const COMMON[] = {"rtl/common/fl_pkg.sv",    "rtl/common/fl_assert.svh",
                                     "rtl/lint/waivers.vlt",    "sim/cosim/shell/shell.cpp",
                                     "sim/cosim/shell/shell.h", "sim/cosim/shell/print.h"};
static const char *const GATES[] = {FL_RTL_MAP, FL_RTL_MAP_CONSTRAINT};
enum { COMMON_COUNT = sizeof COMMON / sizeof *COMMON, GATES_COUNT = sizeof GATES / sizeof *GATES };

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

/* What the sources of others include counts too: the preprocessed text. Errors in it are the build's to
 * report. */
static void hash_preprocessed(hash *h, const fl_rtl_design *design, const char *root)
{
    fl_text line = {0};
    char block[4096];
    fl_rtl_verilator(design, 0, root, &line);
    fl_text_puts(&line, " -E 2>&1");
    FILE *text = line.failed ? NULL : popen(line.bytes, "r");
    fl_text_free(&line);
    if (text == NULL) return;
    for (size_t size; (size = fread(block, 1, sizeof block, text)) > 0;) hash_bytes(h, block, size);
    pclose(text);
}

static fl_status hash_files(hash *h, const char *root, const char *const *files, size_t count,
                            fl_error *error)
{
    char path[PATH_MAX];
    fl_status status = FL_OK;
    for (size_t i = 0; status == FL_OK && i < count; i++) {
        snprintf(path, sizeof path, "%.2040s/%.2040s", root, files[i]);
        status = hash_file(h, path, error);
    }
    return status;
}

static fl_status hash_design(const fl_rtl_design *design, unsigned variant, const char *root,
                             const char *recipe, hash *h, fl_error *error)
{
    char path[PATH_MAX];
    *h = (hash){0xCBF29CE484222325u, 0x84222325CBF29CE4u};
    hash_text(h, recipe);
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
    fl_status status = hash_files(h, root, COMMON, COMMON_COUNT, error);
    if (status == FL_OK && variant & FL_RTL_NETLIST) status = hash_files(h, root, GATES, GATES_COUNT, error);
    for (size_t i = 0; status == FL_OK && i < FL_RTL_MAX_FILES && design->files[i] != NULL; i++) {
        hash_text(h, design->files[i]);
        fl_rtl_resolve(design, root, design->files[i], path);
        status = hash_file(h, path, error);
    }
    if (status == FL_OK && design->is_foreign) hash_preprocessed(h, design, root);
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

/* Is the shared object there, and as long as its header says? A full disk or a power cut may have shortened
 * it, and a process that loads such a file dies of it. The section headers stand at its end. */
static bool is_whole(const char *library)
{
    ElfW(Ehdr) header;
    struct stat status;
    FILE *file = fopen(library, "rb");
    if (file == NULL) return false;
    const bool read = fread(&header, sizeof header, 1, file) == 1 && fstat(fileno(file), &status) == 0;
    fclose(file);
    return read && (uint64_t)status.st_size >= header.e_shoff + (uint64_t)header.e_shnum * header.e_shentsize;
}

/* Where a build works: .building-<name>-<6 letters>, which no other build ever had. The log lies beside it.
 */
static const char BUILDING[] = ".building-";
static fl_status make_work(const char *cache, const char *name, char work[PATH_MAX], char log[PATH_MAX],
                           fl_error *error)
{
    if (access(cache, W_OK) != 0)
        return fl_fail(error, FL_BAD_INPUT, NULL,
                       "%s: the cache of built RTL cannot be written: %s (FLINTLOCK_CACHE names another)",
                       cache, strerror(errno));
    snprintf(work, PATH_MAX, "%.*s/%s%.64s-XXXXXX", PATH_MAX - 128, cache, BUILDING, name);
    if (mkdtemp(work) == NULL || chmod(work, 0755) != 0)
        return fl_fail(error, FL_BAD_INPUT, NULL, "%s: cannot make the directory: %s", work, strerror(errno));
    snprintf(log, PATH_MAX, "%.*s.log", PATH_MAX - 16, work);
    return FL_OK;
}

/* What interrupted builds, and the logs of failed ones, left a day ago or earlier. */
static void remove_old_work(const char *cache)
{
    enum { OLD_SECONDS = 24 * 60 * 60 };
    DIR *entries = opendir(cache);
    if (entries == NULL) return;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        char path[PATH_MAX];
        struct stat status;
        if (strncmp(entry->d_name, BUILDING, sizeof BUILDING - 1) != 0) continue;
        snprintf(path, sizeof path, "%.*s/%.255s", PATH_MAX - 257, cache, entry->d_name);
        if (stat(path, &status) != 0 || time(NULL) - status.st_mtime < OLD_SECONDS) continue;
        if (S_ISDIR(status.st_mode))
            remove_folder(path);
        else
            unlink(path);
    }
    closedir(entries);
}

/* Moves a finished folder to its place; somebody else's finished one is as good. `library`: NULL, or what
 * makes that one good. */
static fl_status publish(const char *from, const char *to, const char *library, fl_error *error)
{
    if (rename(from, to) == 0) return FL_OK;
    const bool taken = errno == EEXIST || errno == ENOTEMPTY;
    if (taken && library != NULL && !is_whole(library)) {
        remove_folder(to);
        if (rename(from, to) == 0) return FL_OK;
    }
    int failure = errno;
    remove_folder(from);
    if (taken && (library == NULL || is_whole(library))) return FL_OK;
    return fl_fail(error, FL_BAD_INPUT, NULL, "%s: cannot be made: %s", to, strerror(failure));
}

static fl_status ensure_runtime(const char *cache, const char *root, char path[PATH_MAX], fl_error *error)
{
    hash h = {0xCBF29CE484222325u, 0x84222325CBF29CE4u};
    char work[PATH_MAX], log[PATH_MAX];
    char *recipe = fl_rtl_recipe(0);
    if (recipe == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    hash_text(&h, recipe);
    free(recipe);
    snprintf(path, PATH_MAX, "%.*s/runtime-%016llx", PATH_MAX - 64, cache, (unsigned long long)h.low);
    if (access(path, R_OK) == 0) return FL_OK;
    fl_status status = make_work(cache, "runtime", work, log, error);
    if (status != FL_OK) return status;
    if (isatty(STDERR_FILENO)) fprintf(stderr, "flintlock: compiling Verilator's run-time library\n");
    status = fl_rtl_build_runtime(root, work, log, error);
    if (status != FL_OK) {
        remove_folder(work);
        return status;
    }
    unlink(log);
    return publish(work, path, NULL, error);
}

static fl_status build(const fl_rtl_design *design, unsigned variant, const char *root, const char *work,
                       const char *runtime, const char *log, fl_error *error)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "flintlock: building %s with %sVerilator\n", design->top,
                variant & FL_RTL_NETLIST ? "Yosys and " : "");
    fl_status status = FL_OK;
    if (variant & FL_RTL_NETLIST) status = fl_rtl_build_netlist(design, root, work, log, error);
    if (status == FL_OK) status = fl_rtl_verilate(design, variant, root, work, log, error);
    if (status == FL_OK) status = fl_rtl_compile(design, variant, root, work, runtime, log, error);
    return status;
}

/* Where a design is kept: <cache>/<top>-<hash>. */
static fl_status place_of(const fl_rtl_design *design, unsigned variant, const char *root, const char *cache,
                          char place[PATH_MAX], fl_error *error)
{
    hash h;
    char *recipe = fl_rtl_recipe(variant);
    if (recipe == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    fl_status status = hash_design(design, variant, root, recipe, &h, error);
    free(recipe);
    snprintf(place, PATH_MAX, "%.*s/%.64s-%016llx%016llx", PATH_MAX - 128, cache, design->top,
             (unsigned long long)h.low, (unsigned long long)h.high);
    return status;
}

fl_status fl_rtl_build(const fl_rtl_design *design, unsigned variant, char *path, size_t size,
                       fl_error *error)
{
    char root[PATH_MAX], cache[PATH_MAX], place[PATH_MAX], work[PATH_MAX], log[PATH_MAX], runtime[PATH_MAX];
    fl_status status = fl_rtl_root(root, sizeof root, error);
    if (status == FL_OK) status = cache_folder(cache, error);
    if (status == FL_OK) status = place_of(design, variant, root, cache, place, error);
    if (status != FL_OK) return status;
    int length = snprintf(path, size, "%s/" FL_RTL_LIBRARY, place);
    if (length < 0 || (size_t)length >= size)
        return fl_fail(error, FL_BAD_INPUT, NULL, "%s: the path is too long", cache);
    if (is_whole(path)) return FL_OK;

    remove_old_work(cache);
    status = ensure_runtime(cache, root, runtime, error);
    if (status == FL_OK) status = make_work(cache, design->top, work, log, error);
    if (status != FL_OK) return status;
    status = build(design, variant, root, work, runtime, log, error);
    if (status != FL_OK) {
        remove_folder(work);
        return status;
    }
    unlink(log);
    return publish(work, place, path, error);
}
