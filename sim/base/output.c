#include "sim/base/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static fl_status fail(const char *path, int code, fl_error *error)
{
    return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0}, "cannot write: %s", strerror(code));
}

fl_status fl_output_open(const char *path, fl_output *output, fl_error *error)
{
    static const char SUFFIX[] = ".XXXXXX";
    const size_t length = strlen(path);
    *output = (fl_output){.path = strdup(path), .temporary = malloc(length + sizeof SUFFIX)};
    int descriptor = -1;
    if (output->path != NULL && output->temporary != NULL) {
        memcpy(output->temporary, path, length);
        memcpy(output->temporary + length, SUFFIX, sizeof SUFFIX);
        descriptor = mkstemp(output->temporary);
    }
    int code = output->path == NULL || output->temporary == NULL ? ENOMEM : descriptor < 0 ? errno : 0;
    if (code == 0) {
        mode_t mask = umask(0);
        umask(mask);
        output->file = fdopen(descriptor, "wb");
        if (output->file == NULL || fchmod(descriptor, 0666 & ~mask) != 0) code = errno;
    }
    if (code == 0) return FL_OK;
    if (descriptor < 0) { /* there is no file to remove */
        free(output->temporary);
        output->temporary = NULL;
    } else if (output->file == NULL) {
        close(descriptor);
    }
    fl_output_discard(output);
    return fail(path, code, error);
}

fl_status fl_output_write(fl_output *output, const void *bytes, size_t size, fl_error *error)
{
    if (size == 0 || fwrite(bytes, 1, size, output->file) == size) return FL_OK;
    return fail(output->path, errno, error);
}

fl_status fl_output_commit(fl_output *output, fl_error *error)
{
    int code = fclose(output->file) == 0 ? 0 : errno;
    output->file = NULL;
    if (code == 0 && rename(output->temporary, output->path) != 0) code = errno;
    fl_status status = code == 0 ? FL_OK : fail(output->path, code, error);
    if (code == 0) {
        free(output->temporary);
        output->temporary = NULL;
    }
    fl_output_discard(output);
    return status;
}

void fl_output_discard(fl_output *output)
{
    if (output->file != NULL) fclose(output->file);
    if (output->temporary != NULL) unlink(output->temporary);
    free(output->temporary);
    free(output->path);
    *output = (fl_output){0};
}
