/* A growable string: reports and writers print into it, and it is written to its file at once. */
#ifndef FL_BASE_TEXT_H
#define FL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Starts as {0}. `bytes` is always terminated by a zero that `size` does not count, or NULL while empty.
 * Out of memory sets `failed` and drops what follows; the writer checks it once at the end. */
typedef struct fl_text {
    char *bytes;
    size_t size, capacity;
    bool failed;
} fl_text;

void fl_text_printf(fl_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fl_text_append(fl_text *text, const char *bytes, size_t size);
void fl_text_puts(fl_text *text, const char *string);

/* Appends `string` as a JSON string with its quotes (also a YAML double-quoted scalar). Control characters
 * are escaped; bytes from 0x80 up are copied, so UTF-8 stays UTF-8. */
void fl_text_json(fl_text *text, const char *string);

/* Hands the string over to the caller, who frees it, and empties `text`. NULL when it failed; "" when empty.
 */
char *fl_text_take(fl_text *text);
void fl_text_free(fl_text *text);

#ifdef __cplusplus
}
#endif
#endif
