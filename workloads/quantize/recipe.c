#include "workloads/quantize/recipe.h"

#include <stdlib.h>

#include "pe/num/ant_search.h"
#include "workloads/globs.h"

/* In the order of wl_tensor_rule.types. */
static const char *const TYPE_NAMES[] = {"keep", "int", "ip", "fip", "ip_f", "fip_f", NULL};
static const unsigned TYPE_SETS[] = {
    0, NUM_ANT_SET_INT, NUM_ANT_SET_IP, NUM_ANT_SET_FIP, NUM_ANT_SET_IP_F, NUM_ANT_SET_FIP_F};
static const char *const GRANULARITIES[] = {"tensor", "channel", NULL};
static const char *const CLIPS[] = {"search", "max", "octav", "percentile", "kl", NULL};

#define ROOT(member) offsetof(wl_tensor_recipe, member)
static const fl_param ROOT_PARAMS[] = {
    {.key = "recipe", .type = FL_NAME, .help = "name of the recipe", .offset = ROOT(name)},
    {.key = "average_bits",
     .type = FL_REAL,
     .min = 0,
     .max = 8,
     .fallback = "0",
     .help = "mixed 4/8 bits: tensors of the largest errors become int8 as long as the average stays at or "
             "below this; 0: none do",
     .offset = ROOT(average_bits)},
};
#define RULE(member) offsetof(wl_tensor_rule, member)
static const fl_param RULE_PARAMS[] = {
    {.key = "types",
     .type = FL_CHOICE,
     .choices = TYPE_NAMES,
     .help = "candidate types: int; ip: with PoT; fip: with ANT's float too; _f: with flint too; keep: not "
             "quantised",
     .offset = RULE(types)},
    {.key = "bits",
     .type = FL_UINT,
     .min = 3,
     .max = 8,
     .fallback = "4",
     .help = "of a code, with its sign",
     .offset = RULE(bits)},
    {.key = "granularity",
     .type = FL_CHOICE,
     .choices = GRANULARITIES,
     .fallback = "tensor",
     .help = "one scale per tensor, or per channel (index of the first of two or more dimensions)",
     .offset = RULE(granularity)},
    {.key = "clip",
     .type = FL_CHOICE,
     .choices = CLIPS,
     .fallback = "search",
     .help = "clipping point: ANT's search over 75..149 % of the largest magnitude, that magnitude, OCTAV, a "
             "percentile, KL divergence",
     .offset = RULE(clip)},
    {.key = "percentile",
     .type = FL_REAL,
     .min = 50,
     .max = 100,
     .fallback = "99.9",
     .help = "share of magnitudes below the clipping point, for `clip: percentile`",
     .offset = RULE(percentile)},
};
const fl_schema_section wl_tensor_recipe_schema[] = {
    {"", "A recipe for real tensors (`flintlock quantize`)", FL_ROWS(ROOT_PARAMS)},
    {"rules[]",
     "A rule of a recipe for real tensors (with `match`: a glob on tensor names, or a list of globs)",
     FL_ROWS(RULE_PARAMS)},
    {0},
};

unsigned wl_tensor_rule_set(const wl_tensor_rule *rule) { return TYPE_SETS[rule->types]; }

static fl_status read_rule(wl_tensor_recipe *recipe, fl_node *node, wl_tensor_rule *r, fl_error *error)
{
    if (!fl_node_is_map(node))
        return fl_node_fail(node, error, "expected a rule: a map with match and types");
    fl_status status = fl_schema_read(recipe->config, node, node, FL_ROWS(RULE_PARAMS), r, error);
    if (status != FL_OK) return status;
    r->node = node;
    status = wl_globs_read(node, "tensor names", &r->match, error);
    if (status != FL_OK) return status;
    if ((wl_tensor_rule_set(r) >> NUM_ANT_POT & 1) && r->bits > 5)
        return fl_node_fail(node, error, "powers of two end at 5 bits, so types: %s cannot have %u",
                            TYPE_NAMES[r->types], (unsigned)r->bits);
    return FL_OK;
}

static fl_status read_recipe(wl_tensor_recipe *recipe, fl_error *error)
{
    fl_node *root = fl_config_root(recipe->config);
    fl_status status = fl_schema_read(recipe->config, root, root, FL_ROWS(ROOT_PARAMS), recipe, error);
    if (status != FL_OK) return status;
    fl_node *rules = fl_node_get(root, "rules");
    if (rules == NULL || !fl_node_is_list(rules) || fl_node_count(rules) == 0)
        return fl_node_fail(rules ? rules : root, error,
                            "expected rules: a list of maps with match and types");
    recipe->count = fl_node_count(rules);
    recipe->rules = calloc(recipe->count, sizeof *recipe->rules);
    if (recipe->rules == NULL) return fl_node_fail(rules, error, "out of memory");
    for (size_t i = 0; i < recipe->count && status == FL_OK; i++)
        status = read_rule(recipe, fl_node_at(rules, i), &recipe->rules[i], error);
    return status == FL_OK ? fl_config_check_used(recipe->config, error) : status;
}

fl_status wl_tensor_recipe_load(const char *path, wl_tensor_recipe *recipe, fl_error *error)
{
    *recipe = (wl_tensor_recipe){0};
    fl_status status = fl_config_load(path, NULL, 0, &recipe->config, error);
    if (status == FL_OK) status = read_recipe(recipe, error);
    if (status != FL_OK) wl_tensor_recipe_free(recipe);
    return status;
}

void wl_tensor_recipe_free(wl_tensor_recipe *recipe)
{
    if (recipe->config != NULL) fl_config_free(recipe->config);
    free(recipe->rules);
    *recipe = (wl_tensor_recipe){0};
}

fl_status wl_tensor_recipe_find(wl_tensor_recipe *recipe, const char *tensor, const wl_tensor_rule **rule,
                                fl_error *error)
{
    for (size_t r = 0; r < recipe->count; r++) {
        if (!wl_globs_match(recipe->rules[r].match, tensor)) continue;
        recipe->rules[r].used = true;
        *rule = &recipe->rules[r];
        return FL_OK;
    }
    return fl_node_fail(fl_config_root(recipe->config), error, "no rule matches the tensor \"%s\"", tensor);
}

fl_status wl_tensor_recipe_check_used(const wl_tensor_recipe *recipe, fl_error *error)
{
    for (size_t i = 0; i < recipe->count; i++)
        if (!recipe->rules[i].used)
            return fl_node_fail(recipe->rules[i].node, error,
                                "unused rule: no tensor matches \"%s\", or earlier rules took them all",
                                wl_globs_first(recipe->rules[i].match));
    return FL_OK;
}
