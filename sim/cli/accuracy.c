/* flintlock accuracy: answers of a trained model's integer form against those of its float form. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/report/accuracy.h"

typedef struct table {
    const cli_options *options;
    uint32_t wanted;  /* samples, at most */
    uint32_t samples; /* of this model */
    uint32_t float_correct;
} table;

static void print_row(const table *t, const char *recipe, const char *functions, double bits,
                      uint32_t correct)
{
    const double percent = 100.0 * correct / t->samples,
                 change = 100.0 * ((double)correct - t->float_correct) / t->samples;
    char width[16] = "";
    if (bits > 0) snprintf(width, sizeof width, "%.2f", bits);
    printf(t->options->markdown ? "| %s | %s | %s | %.2f | %+.2f |\n" : "  %-22s %-38s %5s %8.2f %+8.2f\n",
           recipe, functions, width, percent, change);
    fflush(stdout);
}

static void print_head(const table *t, const char *name)
{
    if (t->options->markdown)
        printf(
            "## %s\n\n%u test samples.\n\n| recipe | functions | bits | right [%%] | against float |\n| --- "
            "| --- | --- | --- | --- |\n",
            name, t->samples);
    else
        printf("\n  %s, %u test samples\n\n  %-22s %-38s %5s %8s %8s\n", name, t->samples, "recipe",
               "functions", "bits", "right %", "change");
}

static fl_status print_set(const table *t, const wl_trained *trained, const fl_function_set *set,
                           fl_error *error)
{
    double bits = 0;
    uint32_t correct;
    fl_status status = fl_accuracy_integer(trained, t->samples, set, &correct, &bits, error);
    if (status == FL_OK) print_row(t, wl_trained_recipe_name(trained), set->label, bits, correct);
    return status;
}

/* Every form that `--functions` asks for, in the place of its function in `base`. */
static fl_status print_forms(const table *t, const wl_trained *trained, const fl_function_set *base,
                             fl_error *error)
{
    fl_status status = FL_OK;
    for (fl_function f = 0; f < FL_FUNCTIONS; f++) {
        size_t count;
        const fl_function_variant *variants = fl_function_variants(f, &count);
        for (size_t v = 0; v < count && status == FL_OK; v++) {
            if (fnmatch(t->options->functions, variants[v].label, 0) != 0 || base->variant[f] == &variants[v])
                continue;
            fl_function_set set = *base;
            set.label = variants[v].label;
            set.variant[f] = &variants[v];
            status = print_set(t, trained, &set, error);
        }
    }
    return status;
}

/* With --alone the functions beside a form are float64, and the sets of papers follow. */
static fl_status print_recipe(const table *t, const wl_trained *trained, fl_error *error)
{
    const fl_function_set own = {.label = "of the machine"}, exact = fl_function_exact_set();
    const fl_function_set *base = t->options->alone ? &exact : &own;
    fl_status status = print_set(t, trained, base, error);
    if (status == FL_OK && t->options->functions != NULL) status = print_forms(t, trained, base, error);
    fl_function_set set;
    for (size_t i = 0; status == FL_OK && t->options->alone && fl_function_published_set(i, &set); i++)
        if (t->options->functions != NULL && fnmatch(t->options->functions, set.label, 0) == 0)
            status = print_set(t, trained, &set, error);
    return status;
}

/* One recipe; NULL is the one that the workload names. The first of a model prints head and float row. */
static fl_status run_recipe(table *t, const char *path, const char *recipe, fl_error *error)
{
    char set[4096];
    const char *sets[] = {set};
    fl_config *config = NULL;
    wl_trained *trained = NULL;
    if (recipe != NULL && snprintf(set, sizeof set, "recipe=%s", recipe) >= (int)sizeof set)
        return fl_fail(error, FL_BAD_INPUT, NULL, "--recipe: path too long");
    fl_status status = fl_config_load(path, sets, recipe != NULL, &config, error);
    if (status == FL_OK) {
        const char *builder = fl_node_text(fl_node_get(fl_config_root(config), "builder"));
        if (builder == NULL || strcmp(builder, "trained_encoder") != 0)
            status = fl_fail(error, FL_BAD_INPUT, fl_node_where(fl_config_root(config)),
                             "not a trained model (builder: trained_encoder)");
    }
    if (status == FL_OK) status = wl_trained_open(config, &trained, error);
    if (status == FL_OK && t->samples == 0) {
        const wl_model *model = wl_trained_model(trained);
        t->samples = t->wanted < model->test_count ? t->wanted : model->test_count;
        t->float_correct = fl_accuracy_float(model, t->samples);
        print_head(t, fl_node_text(fl_node_get(fl_config_root(config), "workload")));
        print_row(t, "float32", "", 0, t->float_correct);
    }
    if (status == FL_OK) status = print_recipe(t, trained, error);
    wl_trained_close(trained);
    if (config != NULL) fl_config_free(config);
    return status;
}

/* `recipes` is a list with commas, or NULL. */
static fl_status run_model(const cli_options *options, const char *path, uint32_t samples, fl_error *error)
{
    table t = {.options = options, .wanted = samples};
    if (options->recipe == NULL) return run_recipe(&t, path, NULL, error);
    char *list = strdup(options->recipe), *rest = list;
    fl_status status = list == NULL ? fl_fail(error, FL_BAD_INPUT, NULL, "out of memory") : FL_OK;
    for (char *recipe; status == FL_OK && (recipe = strsep(&rest, ",")) != NULL;)
        status = run_recipe(&t, path, recipe, error);
    free(list);
    if (options->markdown) printf("\n");
    return status;
}

/* A pattern for nothing is a typing error. */
static bool matches_any(const char *pattern)
{
    for (fl_function f = 0; f < FL_FUNCTIONS; f++) {
        size_t count;
        const fl_function_variant *variants = fl_function_variants(f, &count);
        for (size_t v = 0; v < count; v++)
            if (fnmatch(pattern, variants[v].label, 0) == 0) return true;
    }
    fl_function_set set;
    for (size_t i = 0; fl_function_published_set(i, &set); i++)
        if (fnmatch(pattern, set.label, 0) == 0) return true;
    return false;
}

fl_status cli_accuracy(const cli_options *options, fl_error *error)
{
    uint64_t samples;
    if (options->alone && options->functions == NULL)
        return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock accuracy: --alone needs --functions GLOB");
    if (options->functions != NULL && !matches_any(options->functions))
        return fl_fail(error, FL_BAD_INPUT, NULL,
                       "--functions: no form of softmax, GELU or LayerNorm matches \"%s\" "
                       "(flintlock errors lists them)",
                       options->functions);
    fl_status status = cli_count("--samples", options->samples, 1, UINT32_MAX, UINT32_MAX, &samples, error);
    for (size_t i = 0; i < options->file_count && status == FL_OK; i++)
        status = run_model(options, options->files[i], (uint32_t)samples, error);
    return status;
}
