#include "sim/base/account.h"

static const char *const NAMES[FL_CAUSE_COUNT] = {
#define FL_CAUSE_NAME(id, key, meaning) key,
    FL_CAUSES(FL_CAUSE_NAME)
#undef FL_CAUSE_NAME
};

const char *fl_cause_name(fl_cause cause) { return NAMES[cause]; }
