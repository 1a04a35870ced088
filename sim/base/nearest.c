#include "sim/base/nearest.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static int fold(char c) { return tolower((unsigned char)c); }

size_t fl_edit_distance(const char *a, const char *b)
{
    size_t rows = strlen(a), columns = strlen(b);
    if (rows > FL_NEAREST_MAX_LENGTH || columns > FL_NEAREST_MAX_LENGTH) return SIZE_MAX;
    size_t distance[FL_NEAREST_MAX_LENGTH + 1][FL_NEAREST_MAX_LENGTH + 1];
    for (size_t i = 0; i <= rows; i++) distance[i][0] = i;
    for (size_t j = 0; j <= columns; j++) distance[0][j] = j;
    for (size_t i = 1; i <= rows; i++) {
        for (size_t j = 1; j <= columns; j++) {
            size_t change = fold(a[i - 1]) != fold(b[j - 1]);
            size_t best = smaller(distance[i - 1][j] + 1, distance[i][j - 1] + 1);
            best = smaller(best, distance[i - 1][j - 1] + change);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]))
                best = smaller(best, distance[i - 2][j - 2] + 1);
            distance[i][j] = best;
        }
    }
    return distance[rows][columns];
}

const char *fl_nearest(const char *name, const char *const *names, size_t count)
{
    size_t length = strlen(name);
    size_t limit = length < 6 ? 1 : length / 3;
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t distance = fl_edit_distance(name, names[i]);
        if (distance > limit || distance >= strlen(names[i])) continue;
        nearest = names[i];
        if (distance == 0) break;
        limit = distance - 1;
    }
    return nearest;
}

const char *fl_nearest_hint(const char *name, const char *const *names, size_t count,
                            char hint[FL_NEAREST_HINT])
{
    const char *nearest = fl_nearest(name, names, count);
    *hint = '\0';
    if (nearest != NULL) snprintf(hint, FL_NEAREST_HINT, "; did you mean \"%s\"?", nearest);
    return hint;
}
