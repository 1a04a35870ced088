/* A small fuzzer for LLVMFuzzerTestOneInput functions: runs the corpus, then mutations of it.
 *
 * Usage: PROGRAM SECONDS FOLDER [SEED]. SECONDS 0 runs the corpus alone. When a sanitizer ends the run, the
 * input is left in PROGRAM.crash; give a folder with that file alone to run it again. */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/fuzz/fuzz.h"
#include "tests/support/random.h"

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

enum { MAX_INPUTS = 256, MAX_BYTES = 8192 };

typedef struct input {
    uint8_t bytes[MAX_BYTES];
    size_t size;
} input;

static input corpus[MAX_INPUTS];
static size_t corpus_count;
static input current;
static const char *program;

static const char *const WORDS[] = {
    ":",
    ": ",
    "\n",
    "\n    ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "!!str ",
    "<<: ",
    "---\n",
    "...\n",
    "? ",
    "|\n",
    ">\n",
    "\t",
    "%YAML 1.2\n",
    "~",
    "null",
    "type: ",
    "include: ",
    "a.yaml",
    "matrix: ",
    "rows: ",
    "pe: flint",
    "1e400",
    "-1",
    "0.",
    "18446744073709551616",
    "9007199254740993",
    " KiB",
    " GHz",
    " ns",
    "true",
    "\r\n",
    "\xEF\xBB\xBF",
    "\xC3\xA9",
    "\xFF",
    "@",
    "`",
    ", ",
};

static void keep_input(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s.crash", program);
    FILE *file = fopen(path, "wb");
    if (file == NULL) return;
    fwrite(current.bytes, 1, current.size, file);
    fclose(file);
    fprintf(stderr, "input kept in %s\n", path);
}

static void keep_and_abort(int signal_number)
{
    keep_input();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void load_corpus(const char *folder)
{
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = entry->d_name[0] != '.' && corpus_count < MAX_INPUTS ? fopen(path, "rb") : NULL;
        if (file == NULL) continue;
        corpus[corpus_count].size = fread(corpus[corpus_count].bytes, 1, MAX_BYTES, file);
        corpus_count++;
        fclose(file);
    }
    if (directory != NULL) closedir(directory);
}

static size_t below(test_random *r, size_t bound)
{
    return (size_t)test_random_range(r, 0, (int64_t)bound - 1);
}

/* Puts `size` bytes in at a random place, as far as they fit. */
static void insert(test_random *r, const uint8_t *bytes, size_t size)
{
    size_t at = below(r, current.size + 1);
    if (current.size + size > MAX_BYTES) return;
    memmove(current.bytes + at + size, current.bytes + at, current.size - at);
    memcpy(current.bytes + at, bytes, size);
    current.size += size;
}

static void mutate(test_random *r)
{
    uint8_t piece[256];
    const input *other = &corpus[below(r, corpus_count)];
    size_t kind = below(r, 5);
    if (kind == 0) {
        const char *word = WORDS[below(r, sizeof WORDS / sizeof *WORDS)];
        insert(r, (const uint8_t *)word, strlen(word));
    } else if (kind == 1 && current.size > 0) {
        current.bytes[below(r, current.size)] = (uint8_t)test_random_u64(r);
    } else if (kind == 2 && current.size > 0) {
        current.bytes[below(r, current.size)] ^= (uint8_t)(1u << below(r, 8));
    } else if (kind == 3 && current.size > 0) {
        size_t at = below(r, current.size),
               size = below(r, current.size - at < 64 ? current.size - at : 64) + 1;
        memmove(current.bytes + at, current.bytes + at + size, current.size - at - size);
        current.size -= size;
    } else if (other->size > 0) {
        size_t at = below(r, other->size),
               size = other->size - at < sizeof piece ? other->size - at : sizeof piece;
        size = below(r, size) + 1;
        memcpy(piece, other->bytes + at, size);
        insert(r, piece, size);
    }
}

/* The input is copied to memory of exactly its size, so that reading past its end is seen. */
static void run_current(void)
{
    uint8_t *exact = malloc(current.size);
    if (current.size > 0) memcpy(exact, current.bytes, current.size);
    LLVMFuzzerTestOneInput(exact, current.size);
    free(exact);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s SECONDS FOLDER [SEED]\n", argv[0]);
        return 2;
    }
    program = argv[0];
    time_t end = time(NULL) + strtol(argv[1], NULL, 10);
    test_random r = {argc > 3 ? strtoull(argv[3], NULL, 0) : (uint64_t)end};
    printf("%s: seed %llu\n", argv[2], (unsigned long long)r.state);
    load_corpus(argv[2]);
    if (corpus_count == 0) {
        fprintf(stderr, "%s: no inputs\n", argv[2]);
        return 2;
    }
    if (__sanitizer_set_death_callback != NULL) __sanitizer_set_death_callback(keep_input);
    signal(SIGABRT, keep_and_abort); /* a broken property of the fuzzer itself */
    for (size_t i = 0; i < corpus_count; i++) {
        current = corpus[i];
        run_current();
    }
    unsigned long runs = corpus_count;
    for (; time(NULL) < end; runs++) {
        current = corpus[below(&r, corpus_count)];
        for (size_t n = below(&r, 8) + 1; n > 0; n--) mutate(&r);
        run_current();
    }
    printf("%s: %lu runs, no fault\n", argv[2], runs);
    return 0;
}
