#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>

#include "sim/cosim/rtl.h"
#include "sim/cosim/shell/shell.h"

struct fl_rtl_model {
    void *library;
    const fl_rtl_shell_ops *ops;
    void *instance;
};

fl_rtl_model *fl_rtl_open(const fl_rtl_design *design, unsigned variant, uint64_t seed, fl_error *error)
{
    char path[PATH_MAX];
    if (fl_rtl_build(design, variant, path, sizeof path, error) != FL_OK) return NULL;
    fl_rtl_model *model = calloc(1, sizeof *model);
    if (model == NULL) {
        fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
        return NULL;
    }
    model->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (model->library != NULL) model->ops = dlsym(model->library, "fl_rtl_shell");
    if (model->ops == NULL) {
        fl_fail(error, FL_BAD_INPUT, NULL, "%s: cannot be loaded: %s", path, dlerror());
        fl_rtl_close(model);
        return NULL;
    }
    model->instance = model->ops->open((uint32_t)(seed ^ seed >> 32));
    return model;
}

void fl_rtl_close(fl_rtl_model *model)
{
    if (model == NULL) return;
    if (model->instance != NULL) model->ops->close(model->instance);
    if (model->library != NULL) dlclose(model->library);
    free(model);
}

bool fl_rtl_reset(fl_rtl_model *model, bool active)
{
    return model->ops->reset(model->instance, active) == 0;
}
bool fl_rtl_settle(fl_rtl_model *model, const uint32_t *in, uint32_t *out)
{
    return model->ops->settle(model->instance, in, out) == 0;
}
bool fl_rtl_clock(fl_rtl_model *model, uint32_t *out) { return model->ops->clock(model->instance, out) == 0; }
const char *fl_rtl_message(const fl_rtl_model *model) { return model->ops->message(model->instance); }
void fl_rtl_trace(fl_rtl_model *model, const char *path) { model->ops->trace(model->instance, path); }
void fl_rtl_write_coverage(fl_rtl_model *model, const char *path)
{
    model->ops->coverage(model->instance, path);
}
