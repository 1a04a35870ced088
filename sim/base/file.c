#include "sim/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static fl_status fail(const char *path, const char *what, int code, fl_error *error)
{
    return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0}, "%s: %s", what, strerror(code));
}

/* 0, or the errno of the failed write. */
static int write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (written == 0) return ENOSPC;
        bytes += written;
        size -= (size_t)written;
    }
    return 0;
}

/* mkstemp makes files that only their owner may read; outputs get the permissions any new file has. */
static int give_usual_permissions(int file)
{
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(file, 0666 & ~mask) == 0 ? 0 : errno;
}

/* Devices and pipes (/dev/stdout) have nothing to keep whole, and a rename would put a plain file in their
 * place. */
static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int write_in_place(const char *path, const char *bytes, size_t size)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return errno;
    int code = write_all(file, bytes, size);
    if (close(file) != 0 && code == 0) code = errno;
    return code;
}

fl_status fl_file_write_atomic(const char *path, const void *bytes, size_t size, fl_error *error)
{
    static const char SUFFIX[] = ".XXXXXX";
    if (is_directory(path))
        return fail(path, "cannot write", EISDIR, error); /* rename replaces a link to one */
    if (is_special(path)) {
        int failed = write_in_place(path, bytes, size);
        return failed == 0 ? FL_OK : fail(path, "cannot write", failed, error);
    }
    size_t length = strlen(path);
    char *temporary = malloc(length + sizeof SUFFIX);
    if (temporary == NULL) return fail(path, "cannot write", ENOMEM, error);
    memcpy(temporary, path, length);
    memcpy(temporary + length, SUFFIX, sizeof SUFFIX);
    int file = mkostemp(temporary, O_CLOEXEC);
    int code = file < 0 ? errno : give_usual_permissions(file);
    if (file >= 0) {
        if (code == 0) code = write_all(file, bytes, size);
        if (close(file) != 0 && code == 0) code = errno; /* network file systems report a full disk here */
        if (code == 0 && rename(temporary, path) != 0) code = errno;
        if (code != 0) unlink(temporary);
    }
    free(temporary);
    return code == 0 ? FL_OK : fail(path, "cannot write", code, error);
}

fl_status fl_file_write_text(const char *path, const fl_text *text, fl_error *error)
{
    if (text->failed) return fail(path, "cannot write", ENOMEM, error);
    return fl_file_write_atomic(path, text->bytes != NULL ? text->bytes : "", text->size, error);
}

/* 0 when the directory is there afterwards, else errno. */
static int make_one(const char *path)
{
    if (mkdir(path, 0777) == 0) return 0;
    int code = errno;
    if (code != EEXIST) return code;
    return is_directory(path) ? 0 : ENOTDIR;
}

fl_status fl_make_directory(const char *path, fl_error *error)
{
    char *partial = strdup(path);
    if (partial == NULL) return fail(path, "cannot make the directory", ENOMEM, error);
    int code = 0;
    for (char *slash = strchr(partial + (partial[0] != '\0'), '/'); slash != NULL && code == 0;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        code = make_one(partial);
        *slash = '/';
    }
    if (code == 0) code = make_one(path);
    free(partial);
    return code == 0 ? FL_OK : fail(path, "cannot make the directory", code, error);
}

fl_status fl_can_make_directory(const char *path, fl_error *error)
{
    struct stat status;
    char *above = strdup(path);
    if (above == NULL) return fail(path, "cannot make the directory", ENOMEM, error);
    int code = 0;
    while ((code = stat(above, &status) == 0 ? 0 : errno) == ENOENT && strcmp(above, ".") != 0) {
        char *slash = strrchr(above, '/');
        if (slash == NULL)
            strcpy(above, ".");
        else
            slash[slash == above] = '\0';
    }
    if (code == 0 && !S_ISDIR(status.st_mode)) code = ENOTDIR;
    if (code == 0 && access(above, W_OK | X_OK) != 0) code = errno;
    free(above);
    return code == 0 ? FL_OK : fail(path, "cannot make the directory", code, error);
}

static int is_visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

const char *fl_file_hint(const char *path, char hint[FL_NEAREST_HINT])
{
    enum { MAX_NAMES = 1024 };
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
    struct dirent **entries = NULL;
    const int found = folder == NULL ? -1 : scandir(folder, &entries, is_visible, alphasort);
    const char *names[MAX_NAMES], *with_ending = NULL;
    size_t count = 0;
    for (int i = 0; i < found && count < MAX_NAMES; i++) {
        names[count++] = entries[i]->d_name;
        const size_t length = strlen(name);
        if (length > 0 && strncmp(entries[i]->d_name, name, length) == 0 && entries[i]->d_name[length] == '.')
            with_ending = entries[i]->d_name;
    }
    if (with_ending != NULL)
        fl_nearest_hint(with_ending, &with_ending, 1, hint);
    else
        fl_nearest_hint(name, names, count, hint);
    for (int i = 0; i < found; i++) free(entries[i]);
    free(entries);
    free(folder);
    return hint;
}

/* Length of the folders that two absolute paths begin with, the last slash included. */
static size_t common_folders(const char *a, const char *b)
{
    size_t common = 0;
    for (size_t i = 0; a[i] != '\0' && a[i] == b[i]; i++)
        if (a[i] == '/') common = i + 1;
    return common;
}

char *fl_file_relative(const char *file, const char *directory)
{
    char *to = realpath(file, NULL), *base = realpath(directory, NULL);
    fl_text from = {0}, relative = {0};
    if (to != NULL && base != NULL) {
        fl_text_printf(&from, "%s/", strcmp(base, "/") == 0 ? "" : base);
        const size_t common = from.failed ? 0 : common_folders(to, from.bytes);
        for (const char *rest = from.bytes + common; !from.failed && *rest != '\0'; rest++)
            if (*rest == '/') fl_text_puts(&relative, "../");
        fl_text_puts(&relative, to + common);
    }
    char *name = to != NULL && base != NULL && !from.failed ? fl_text_take(&relative) : NULL;
    free(to);
    free(base);
    fl_text_free(&from);
    fl_text_free(&relative);
    return name;
}
