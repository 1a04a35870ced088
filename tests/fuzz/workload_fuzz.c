/* Workload files on arbitrary bytes: an operation list or an encoder of any shape, or a message. What is
 * built is consistent: every tensor lies in the image, and every operation names tensors that exist. */

#include "tests/fuzz/fuzz.h"
#include "workloads/workload.h"

static void require_consistent(const wl_workload *w)
{
    require(w->op_count > 0);
    for (uint32_t t = 0; t < w->tensor_count; t++) {
        const wl_tensor *tensor = &w->tensors[t];
        require(tensor->rows > 0 && tensor->columns > 0 && tensor->row_bytes <= tensor->row_stride_bytes);
        require(tensor->address + tensor->rows * tensor->row_stride_bytes <= w->dram_bytes);
        require(tensor->producer == WL_NONE || tensor->producer < w->op_count);
    }
    for (uint32_t o = 0; o < w->op_count; o++) {
        const wl_op *op = &w->ops[o];
        if (op->kind == WL_GEMM)
            require(op->gemm.a.tensor < w->tensor_count && op->gemm.b.tensor < w->tensor_count &&
                    op->gemm.out.tensor < w->tensor_count);
        else
            require(op->in < w->tensor_count && op->out < w->tensor_count &&
                    (op->in2 == WL_NONE || op->in2 < w->tensor_count));
        require(op->column_params == WL_NONE || op->column_params < w->tensor_count);
    }
    wl_macs(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fl_config *config = NULL;
    wl_workload *workload = NULL;
    fl_error error = {.code = FL_OK};
    fl_status status =
        fl_config_parse("workloads/fuzz.yaml", (const char *)data, size, NULL, 0, &config, &error);
    if (status == FL_OK) status = wl_build(config, &workload, &error);
    require(status == FL_OK || (error.text[0] != '\0' && workload == NULL));
    if (status == FL_OK) require_consistent(workload);
    if (workload != NULL) wl_free(workload);
    if (config != NULL) fl_config_free(config);
    return 0;
}
