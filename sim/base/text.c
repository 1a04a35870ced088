#include "sim/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for `extra` bytes and the terminating zero. */
static bool reserve(fl_text *text, size_t extra)
{
    if (text->failed) return false;
    size_t needed = text->size + extra + 1;
    if (needed <= text->capacity) return true;
    size_t capacity = text->capacity < 128 ? 256 : text->capacity * 2;
    if (capacity < needed) capacity = needed;
    char *bytes = realloc(text->bytes, capacity);
    text->failed = bytes == NULL;
    if (text->failed) return false;
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void fl_text_append(fl_text *text, const char *bytes, size_t size)
{
    if (!reserve(text, size)) return;
    if (size > 0) memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

void fl_text_puts(fl_text *text, const char *string) { fl_text_append(text, string, strlen(string)); }

void fl_text_printf(fl_text *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = text->capacity - text->size; /* mostly enough: printed once */
    int size = text->failed ? 0 : vsnprintf(room == 0 ? NULL : text->bytes + text->size, room, format, args);
    if (size < 0) {
        text->failed = true;
    } else if ((size_t)size >= room && reserve(text, (size_t)size)) {
        vsnprintf(text->bytes + text->size, (size_t)size + 1, format, again);
    }
    if (!text->failed) text->size += (size_t)size;
    va_end(again);
    va_end(args);
}

static bool is_plain(unsigned char c) { return c >= 0x20 && c != '"' && c != '\\' && c != 0x7F; }

static void escape(fl_text *text, unsigned char c)
{
    if (c == '"' || c == '\\')
        fl_text_printf(text, "\\%c", c);
    else if (c == '\n')
        fl_text_puts(text, "\\n");
    else if (c == '\t')
        fl_text_puts(text, "\\t");
    else
        fl_text_printf(text, "\\u%04x", c);
}

void fl_text_json(fl_text *text, const char *string)
{
    fl_text_puts(text, "\"");
    while (*string != '\0') {
        size_t plain = 0;
        while (is_plain((unsigned char)string[plain])) plain++;
        fl_text_append(text, string, plain);
        string += plain;
        if (*string != '\0') escape(text, (unsigned char)*string++);
    }
    fl_text_puts(text, "\"");
}

char *fl_text_take(fl_text *text)
{
    fl_text_append(text, "", 0);
    char *bytes = text->failed ? NULL : text->bytes;
    if (text->failed) free(text->bytes);
    *text = (fl_text){0};
    return bytes;
}

void fl_text_free(fl_text *text)
{
    free(text->bytes);
    *text = (fl_text){0};
}
