#include "workloads/quant_recipe.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "workloads/builder.h"
#include "workloads/globs.h"
#include "workloads/names.h"

typedef struct rule {
    fl_node *node, *match; /* match: its globs */
    num_format format;
    bool used;
} rule;

struct wl_recipe {
    fl_config *config; /* owns the nodes; borrowed */
    fl_node *rules_node;
    rule *rules;
    size_t rule_count;
};

typedef struct recipe_keys {
    const char *name;
} recipe_keys;

static const fl_param recipe_params[] = {
    {.key = "recipe", .type = FL_NAME, .help = "name of the recipe", .offset = offsetof(recipe_keys, name)},
};

typedef struct rule_keys {
    const char *format;
} rule_keys;

static const fl_param rule_params[] = {
    {.key = "format",
     .type = FL_NAME,
     .help = "number format of the tensors",
     .offset = offsetof(rule_keys, format)},
};

const fl_schema_section wl_recipe_schema[] = {
    {"", "A quantisation recipe", recipe_params, 1},
    {"rules[]", "A rule of a recipe (with `match`: a pattern or a list of patterns)", rule_params, 1},
    {0},
};

static fl_status read_rule(wl_recipe *recipe, fl_node *node, rule *r, fl_error *error)
{
    if (!fl_node_is_map(node))
        return fl_node_fail(node, error, "expected a rule: a map with match and format");
    r->node = node;
    rule_keys keys;
    fl_status status = wl_globs_read(node, "role/name", &r->match, error);
    if (status == FL_OK) status = fl_schema_read(recipe->config, node, node, rule_params, 1, &keys, error);
    if (status != FL_OK) return status;
    return wl_parse_format(fl_node_get(node, "format"), keys.format, &r->format, error);
}

static fl_status read_rules(wl_recipe *recipe, fl_node *root, fl_error *error)
{
    recipe_keys keys;
    fl_status status = fl_schema_read(recipe->config, root, root, recipe_params, 1, &keys, error);
    if (status != FL_OK) return status;
    recipe->rules_node = fl_node_get(root, "rules");
    if (recipe->rules_node == NULL)
        return fl_node_fail(root, error, "missing key \"rules\" (a list of rules)");
    if (!fl_node_is_list(recipe->rules_node) || fl_node_count(recipe->rules_node) == 0)
        return fl_node_fail(recipe->rules_node, error, "expected a list of rules with match and format");
    recipe->rule_count = fl_node_count(recipe->rules_node);
    recipe->rules = calloc(recipe->rule_count, sizeof *recipe->rules);
    assert(recipe->rules != NULL);
    for (size_t i = 0; i < recipe->rule_count && status == FL_OK; i++)
        status = read_rule(recipe, fl_node_at(recipe->rules_node, i), &recipe->rules[i], error);
    return status;
}

fl_status wl_recipe_read(fl_config *config, fl_node *root, wl_recipe **recipe, fl_error *error)
{
    *recipe = calloc(1, sizeof **recipe);
    assert(*recipe != NULL);
    (*recipe)->config = config;
    fl_status status = read_rules(*recipe, root, error);
    if (status == FL_OK) return FL_OK;
    wl_recipe_free(*recipe);
    *recipe = NULL;
    return status;
}

fl_status wl_recipe_load(const char *path, fl_node *named_by, wl_recipe **recipe, fl_error *error)
{
    fl_config *config = NULL;
    fl_status status = fl_config_load(path, NULL, 0, &config, error);
    if (status != FL_OK) return status;
    fl_config_own_file(named_by, config);
    status = wl_recipe_read(config, fl_config_root(config), recipe, error);
    if (status == FL_OK) status = fl_config_check_used(config, error);
    if (status == FL_OK) return FL_OK;
    wl_recipe_free(*recipe);
    *recipe = NULL;
    return status;
}

void wl_recipe_free(wl_recipe *recipe)
{
    if (recipe == NULL) return;
    free(recipe->rules);
    free(recipe);
}

fl_status wl_recipe_format(wl_recipe *recipe, wl_role role, const char *name, num_format *format,
                           fl_error *error)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", wl_role_names[role], name);
    for (size_t i = 0; i < recipe->rule_count; i++) {
        rule *r = &recipe->rules[i];
        if (!wl_globs_match(r->match, path)) continue;
        r->used = true;
        *format = r->format;
        return FL_OK;
    }
    return fl_node_fail(recipe->rules_node, error, "no rule matches the tensor %s", path);
}

fl_status wl_recipe_check_used(const wl_recipe *recipe, fl_error *error)
{
    for (size_t i = 0; i < recipe->rule_count; i++)
        if (!recipe->rules[i].used)
            return fl_node_fail(recipe->rules[i].node, error,
                                "unused rule: no tensor matches \"%s\", or earlier rules took them all",
                                wl_globs_first(recipe->rules[i].match));
    return FL_OK;
}
