/* Output files that are either whole or absent. */
#ifndef FL_BASE_FILE_H
#define FL_BASE_FILE_H

#include <stddef.h>

#include "sim/base/error.h"
#include "sim/base/nearest.h"
#include "sim/base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes a file of `size` bytes under `path`: to a temporary file beside it that is then renamed, so that an
 * interrupted or failed write never leaves half a file under the final name, and an older file stays as it
 * was. A device or pipe (/dev/stdout) is written as it is. Errors: "path: cannot write: No space left on
 * device". The contents are not forced to the disk (fsync). */
fl_status fl_file_write_atomic(const char *path, const void *bytes, size_t size, fl_error *error);

/* The same for a text, which must not have failed (out of memory is reported). */
fl_status fl_file_write_text(const char *path, const fl_text *text, fl_error *error);

/* Makes a directory and the missing ones above it; an existing directory is fine. */
fl_status fl_make_directory(const char *path, fl_error *error);

/* Whether fl_make_directory would succeed, as far as one can tell; makes nothing. The same errors. */
fl_status fl_can_make_directory(const char *path, fl_error *error);
/* For messages about a file that is not there: "; did you mean "Y"?" with the name in its folder that is
 * nearest, or only lacks an ending; or nothing. Writes to `hint` and returns it. */
const char *fl_file_hint(const char *path, char hint[FL_NEAREST_HINT]);
/* How `file` is named from `directory`; both must exist. Owned by the caller; NULL when one does not exist.
 */
char *fl_file_relative(const char *file, const char *directory);

#ifdef __cplusplus
}
#endif
#endif
