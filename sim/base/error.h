/* Status codes and located errors.
 *
 * Libraries never exit, abort or print: they return an fl_status and fill the caller's fl_error.
 * Only the command line (sim/cli) prints and chooses the exit code. Caller bugs are asserted. */
#ifndef FL_BASE_ERROR_H
#define FL_BASE_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* The values are the exit codes of the command line; sim/cli/main.c adds 130 for an interrupt. */
typedef enum fl_status {
    FL_OK = 0,
    FL_DIFFERENCE = 1, /* the run found a difference (check, lockstep) */
    FL_BAD_INPUT = 2,  /* bad input, usage, or an environment fault such as a full disk */
} fl_status;

/* A place in an input file. file is borrowed and lives as long as the fl_config it came from;
 * line and column count from 1, 0 means unknown. A value from --set has file "--set". */
typedef struct fl_where {
    const char *file;
    int line;
    int column;
} fl_where;

#define FL_ERROR_TEXT 1024

typedef struct fl_error {
    fl_status code;
    char text[FL_ERROR_TEXT]; /* "file:line:column: what was found (what is allowed)" */
} fl_error;

/* Fills *error (which may be NULL) with "where: formatted text" and returns `code`.
 * where may be NULL, or have line 0, in which case the unknown parts are left out. */
fl_status fl_fail(fl_error *error, fl_status code, const fl_where *where, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#ifdef __cplusplus
}
#endif
#endif
