#include "sim/base/account.h"

static const struct {
    const char *name, *help;
} CAUSES[FL_CAUSE_COUNT] = {
#define FL_CAUSE_ROW_(id, key, help) {key, help},
    FL_CAUSES(FL_CAUSE_ROW_)
#undef FL_CAUSE_ROW_
};

const char *fl_cause_name(fl_cause cause) { return CAUSES[cause].name; }

const char *fl_cause_help(fl_cause cause) { return CAUSES[cause].help; }
