#include "sim/cosim/own_rtl.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/nearest.h"

static bool is_identifier(const char *name)
{
    if (!isalpha((unsigned char)*name) && *name != '_') return false;
    while (isalnum((unsigned char)*name) || *name == '_') name++;
    return *name == '\0';
}

static fl_status read_top(fl_own_rtl *own, fl_node *rtl, fl_error *error)
{
    static const fl_param TOP[] = {{.key = "top", .type = FL_NAME, .help = "the module"}};
    fl_status status = fl_schema_read(own->config, rtl, NULL, TOP, 1, &own->design.top, error);
    if (status != FL_OK) return status;
    own->top = fl_node_get(rtl, "top");
    if (is_identifier(own->design.top)) return FL_OK;
    return fl_node_fail(own->top, error, "\"%s\" is not the name of a module", own->design.top);
}

/* `file` as seen from the folder of the YAML file. */
static char *beside(const char *yaml, const char *file)
{
    const char *slash = strrchr(yaml, '/');
    fl_text path = {0};
    if (*file != '/' && slash != NULL) fl_text_append(&path, yaml, (size_t)(slash - yaml) + 1);
    fl_text_puts(&path, file);
    return fl_text_take(&path);
}

static fl_status read_files(fl_own_rtl *own, const char *yaml, fl_node *rtl, fl_error *error)
{
    fl_node *files = fl_node_get(rtl, "files");
    const size_t count = fl_node_count(files);
    if (files == NULL || !fl_node_is_list(files) || count == 0)
        return fl_node_fail(files != NULL ? files : rtl, error, "rtl.files is a list of SystemVerilog files");
    if (count >= FL_RTL_MAX_FILES)
        return fl_node_fail(files, error, "%zu files (allowed: up to %d)", count, FL_RTL_MAX_FILES - 1);
    for (size_t i = 0; i < count; i++) {
        const fl_node *item = fl_node_at(files, i);
        const char *name = fl_node_text(item);
        if (name == NULL) return fl_node_fail(item, error, "not a file name");
        own->paths[i] = beside(yaml, name);
        if (own->paths[i] == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
        if (access(own->paths[i], R_OK) != 0)
            return fl_node_fail(item, error, "%s: cannot read: %s", own->paths[i], strerror(errno));
        own->design.files[i] = own->paths[i];
    }
    return FL_OK;
}

static fl_status read_parameters(fl_own_rtl *own, fl_node *rtl, fl_error *error)
{
    static const fl_param VALUE = {.key = "parameters", .type = FL_UINT, .max = UINT32_MAX};
    fl_node *parameters = fl_node_get(rtl, "parameters");
    own->parameters = parameters;
    if (parameters == NULL) return FL_OK;
    if (!fl_node_is_map(parameters)) return fl_node_fail(parameters, error, "is a map of names and numbers");
    const size_t count = fl_node_count(parameters);
    if (count >= FL_RTL_MAX_PARAMS)
        return fl_node_fail(parameters, error, "%zu parameters (allowed: up to %d)", count,
                            FL_RTL_MAX_PARAMS - 1);
    for (size_t i = 0; i < count; i++) {
        const fl_node *item = fl_node_at(parameters, i);
        uint64_t value;
        if (!is_identifier(fl_node_key(item)))
            return fl_node_fail(item, error, "not the name of a parameter");
        fl_status status = fl_schema_scalar(own->config, item, &VALUE, &value, error);
        if (status != FL_OK) return status;
        own->design.params[i] = (fl_rtl_param){fl_node_key(item), (uint32_t)value};
    }
    return FL_OK;
}

fl_status fl_own_rtl_load(const char *path, fl_own_rtl *own, fl_error *error)
{
    *own = (fl_own_rtl){0};
    fl_status status = fl_config_load(path, NULL, 0, &own->config, error);
    if (status != FL_OK) return status;
    fl_node *root = fl_config_root(own->config), *rtl = fl_node_get(root, "rtl");
    status = fl_part_read_at(own->config, root, "block", "rtl_block", NULL, &own->block, NULL, error);
    if (status == FL_OK && (rtl == NULL || !fl_node_is_map(rtl)))
        status = fl_node_fail(rtl != NULL ? rtl : root, error,
                              "no module is named (rtl: {top: my_module, files: [my_module.sv]})");
    if (status == FL_OK) status = fl_rtl_block_design(own->block->ops, &own->design, error);
    if (status != FL_OK) return status;
    own->design.is_foreign = true;
    memset(own->design.files, 0, sizeof own->design.files);
    memset(own->design.params, 0, sizeof own->design.params);
    status = read_top(own, rtl, error);
    if (status == FL_OK) status = read_files(own, path, rtl, error);
    if (status == FL_OK) status = read_parameters(own, rtl, error);
    return status == FL_OK ? fl_config_check_used(own->config, error) : status;
}

void fl_own_rtl_free(fl_own_rtl *own)
{
    for (size_t i = 0; i < FL_RTL_MAX_FILES; i++) free(own->paths[i]);
    fl_config_free(own->config);
}

/* The module of the files whose name is nearest to the top's; false when none is near. */
static bool nearest_module(const fl_own_rtl *own, char name[FL_NEAREST_MAX_LENGTH + 1])
{
    enum { MAX_MODULES = 64 };
    static const char FORMAT[] = " module %64[A-Za-z0-9_]";
    char found[MAX_MODULES][FL_NEAREST_MAX_LENGTH + 1], line[1024];
    const char *names[MAX_MODULES];
    size_t count = 0;
    for (size_t i = 0; i < FL_RTL_MAX_FILES && own->paths[i] != NULL; i++) {
        FILE *file = fopen(own->paths[i], "r");
        if (file == NULL) continue;
        while (count < MAX_MODULES && fgets(line, sizeof line, file) != NULL)
            if (sscanf(line, FORMAT, found[count]) == 1) {
                names[count] = found[count];
                count++;
            }
        fclose(file);
    }
    const char *near = fl_nearest(own->design.top, names, count);
    if (near != NULL) strcpy(name, near);
    return near != NULL;
}

/* The parameter that Verilator's message says the module has not; NULL when it says something else. */
static const fl_node *unknown_parameter(const fl_own_rtl *own, const char *message)
{
    static const char MARK[] = "Parameters from the command line were not found in the design: ";
    char name[128];
    const char *found = strstr(message, MARK);
    if (found == NULL || sscanf(found + sizeof MARK - 1, "%127[A-Za-z0-9_]", name) != 1) return NULL;
    return fl_node_get(own->parameters, name);
}

/* Of errors other than a difference: is the module to blame, or a folder, a tool, an interrupt? */
static bool blames_module(const char *message)
{
    static const char *const STARTS[] = {"verilator failed", "yosys failed", "module ", "port "};
    for (size_t i = 0; i < sizeof STARTS / sizeof *STARTS; i++)
        if (strncmp(message, STARTS[i], strlen(STARTS[i])) == 0) return true;
    return false;
}

fl_status fl_own_rtl_lockstep(const fl_own_rtl *own, const fl_lockstep_options *options, fl_text *report,
                              fl_error *error)
{
    fl_lockstep_options with_design = *options;
    with_design.design = &own->design;
    fl_error plain = {0};
    fl_status status = fl_lockstep(own->design.top, own->block->ops, &with_design, report, &plain);
    if (status != FL_BAD_INPUT) return status;
    if (!blames_module(plain.text)) return fl_fail(error, FL_BAD_INPUT, NULL, "%s", plain.text);
    const fl_node *parameter = unknown_parameter(own, plain.text);
    if (parameter != NULL)
        return fl_node_fail(parameter, error, "module %s has no such parameter", own->design.top);
    char near[FL_NEAREST_MAX_LENGTH + 1];
    if (strstr(plain.text, "was not found in design") == NULL)
        return fl_node_fail(own->top, error, "%s", plain.text);
    if (nearest_module(own, near))
        return fl_node_fail(own->top, error, "the files have no module \"%s\"; did you mean \"%s\"?",
                            own->design.top, near);
    return fl_node_fail(own->top, error, "the files have no module \"%s\"", own->design.top);
}
