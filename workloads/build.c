/* Reads the keys that every workload has and hands over to its builder. */
#include "workloads/builder.h"
#include "workloads/mode.h"

typedef struct workload_keys {
    const char *name;
    int builder;
    uint64_t seed;
} workload_keys;

static const char *const builder_names[] = {"op_list", "transformer_encoder", "trained_encoder", NULL};

typedef fl_status build_function(fl_config *config, wl_builder *builder, fl_error *error);
static build_function *const builders[] = {wl_build_op_list, wl_build_transformer_encoder,
                                           wl_build_trained_encoder};

#define AT(field) offsetof(workload_keys, field)

static const fl_param workload_params[] = {
    {.key = "workload", .type = FL_NAME, .help = "name of the workload", .offset = AT(name)},
    {.key = "builder",
     .type = FL_CHOICE,
     .choices = builder_names,
     .fallback = "op_list",
     .help = "what makes the operations",
     .offset = AT(builder)},
    {.key = "seed",
     .type = FL_UINT,
     .fallback = "1",
     .help = "seed of generated inputs, weights and parameters",
     .offset = AT(seed)},
};

const fl_schema_section wl_build_schema[] = {
    {"", "A workload file", FL_ROWS(workload_params)},
    {0},
};

size_t wl_schema(fl_schema_section *sections, size_t capacity)
{
    static const fl_schema_section *const readers[] = {wl_build_schema, wl_encoder_schema, wl_trained_schema,
                                                       wl_mode_schema,  wl_op_list_schema, wl_recipe_schema};
    size_t count = 0;
    for (size_t r = 0; r < sizeof readers / sizeof *readers; r++)
        for (const fl_schema_section *s = readers[r]; s->title != NULL; s++, count++)
            if (count < capacity) sections[count] = *s;
    return count;
}

fl_status wl_build(fl_config *config, wl_workload **workload, fl_error *error)
{
    workload_keys keys;
    fl_node *root = fl_config_root(config);
    fl_status status = fl_schema_read(config, root, root, FL_ROWS(workload_params), &keys, error);
    if (status != FL_OK) return status;
    wl_builder builder = wl_builder_new();
    builder.workload->name = wl_text(builder.workload, "%s", keys.name);
    builder.workload->seed = keys.seed;
    status = builders[keys.builder](config, &builder, error);
    if (status == FL_OK) status = fl_config_check_used(config, error);
    if (status != FL_OK) {
        wl_free(builder.workload);
        return status;
    }
    *workload = builder.workload;
    return FL_OK;
}
