/* flintlock quantize: the tensors of a real model in the formats that a recipe names. */
#include <stdio.h>

#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "workloads/quantize/quantize.h"

static fl_status quantize(const cli_options *options, const wl_tensor_file *file, wl_tensor_recipe *recipe,
                          fl_error *error)
{
    wl_quantization result;
    fl_status status = wl_quantize_choose(file, recipe, &result, error);
    if (status == FL_OK && options->out != NULL) status = wl_quantize_write(&result, options->out, error);
    if (status == FL_OK) wl_quantize_print(&result, stdout);
    wl_quantization_free(&result);
    return status;
}

fl_status cli_quantize(const cli_options *options, fl_error *error)
{
    if (options->recipe == NULL)
        return fl_fail(error, FL_BAD_INPUT, NULL,
                       "flintlock quantize: needs --recipe FILE, as in configs/quantize/");
    wl_tensor_recipe recipe;
    wl_tensor_file file;
    fl_status status = wl_tensor_recipe_load(options->recipe, &recipe, error);
    if (status != FL_OK) return status;
    status = wl_tensor_file_open(options->files[0], &file, error);
    if (status == FL_OK) status = quantize(options, &file, &recipe, error);
    wl_tensor_file_close(&file);
    wl_tensor_recipe_free(&recipe);
    return status;
}
