/* An output file that is written in pieces and, like those of sim/base/file.h, is either whole or absent. */
#ifndef FL_BASE_OUTPUT_H
#define FL_BASE_OUTPUT_H

#include <stddef.h>
#include <stdio.h>

#include "sim/base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_output {
    char *path, *temporary;
    FILE *file;
} fl_output;

/* Starts a file beside `path`. After FL_OK end it with fl_output_commit or fl_output_discard. */
fl_status fl_output_open(const char *path, fl_output *output, fl_error *error);
fl_status fl_output_write(fl_output *output, const void *bytes, size_t size, fl_error *error);
/* Gives the file its name; on an error it is gone. */
fl_status fl_output_commit(fl_output *output, fl_error *error);
/* Removes it. Safe after fl_output_commit and on {0}. */
void fl_output_discard(fl_output *output);

#ifdef __cplusplus
}
#endif
#endif
