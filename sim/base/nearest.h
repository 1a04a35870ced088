/* The known name nearest to a mistyped one, for "did you mean". */
#ifndef FL_BASE_NEAREST_H
#define FL_BASE_NEAREST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { FL_NEAREST_MAX_LENGTH = 64, FL_NEAREST_HINT = FL_NEAREST_MAX_LENGTH + 32 };

/* Edit distance between two names: insertions, deletions, substitutions and swaps of neighbours cost 1 each,
 * a change of letter case costs nothing (optimal string alignment distance). Names longer than
 * FL_NEAREST_MAX_LENGTH are taken as unlike everything: the result is then SIZE_MAX. */
size_t fl_edit_distance(const char *a, const char *b);

/* The one of `names` nearest to `name`, the earliest on a tie. NULL when none is close, that is within a
 * third of the length of `name` (at least 1). */
const char *fl_nearest(const char *name, const char *const *names, size_t count);

/* For messages: "; did you mean "Y"?", or nothing when none is close. Writes to `hint` and returns it. */
const char *fl_nearest_hint(const char *name, const char *const *names, size_t count,
                            char hint[FL_NEAREST_HINT]);

#ifdef __cplusplus
}
#endif
#endif
