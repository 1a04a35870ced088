// Workloads from text, for tests. The text stands for a file in workloads/, so recipes resolve from there;
// tests run in the root of the tree.
#ifndef FL_TESTS_SUPPORT_WORKLOAD_FIXTURE_H
#define FL_TESTS_SUPPORT_WORKLOAD_FIXTURE_H

#include <cstring>
#include <string>
#include <vector>

#include "workloads/workload.h"

namespace test_workload
{

class Workload
{
public:
    explicit Workload(const std::string &text, const std::vector<std::string> &sets = {},
                      const std::string &name = "workloads/test.yaml")
    {
        std::vector<const char *> pointers;
        for (const std::string &set : sets) pointers.push_back(set.c_str());
        fl_error error = {};
        status_ = fl_config_parse(name.c_str(), text.data(), text.size(), pointers.data(), pointers.size(),
                                  &config_, &error);
        if (status_ == FL_OK) status_ = wl_build(config_, &workload_, &error);
        error_ = error.text;
    }
    static Workload File(const std::string &path, const std::vector<std::string> &sets = {})
    {
        return Workload("include: " + path + "\n", sets, "./test.yaml");
    }
    Workload(const Workload &) = delete;
    Workload &operator=(const Workload &) = delete;
    ~Workload()
    {
        wl_free(workload_);
        fl_config_free(config_);
    }

    bool ok() const { return status_ == FL_OK; }
    const std::string &error() const { return error_; }
    const wl_workload *get() const { return workload_; }
    const wl_workload *operator->() const { return workload_; }

    const wl_tensor *Tensor(const std::string &name) const
    {
        for (uint32_t i = 0; i < workload_->tensor_count; i++)
            if (name == workload_->tensors[i].name) return &workload_->tensors[i];
        return nullptr;
    }
    const wl_op *Op(const std::string &name) const
    {
        for (uint32_t i = 0; i < workload_->op_count; i++)
            if (name == workload_->ops[i].name) return &workload_->ops[i];
        return nullptr;
    }
    std::vector<uint8_t> Filled() const
    {
        std::vector<uint8_t> dram(workload_->dram_bytes, 0xA5);
        wl_fill(workload_, dram.data());
        return dram;
    }

private:
    fl_config *config_ = nullptr;
    wl_workload *workload_ = nullptr;
    fl_status status_ = FL_BAD_INPUT;
    std::string error_;
};

// A small encoder: one that runs in a blink yet has every operation. More keys may follow.
inline std::string TinyEncoder(const std::string &recipe = "ant4", const std::string &more = "norm: post\n")
{
    return "workload: tiny\nbuilder: transformer_encoder\nlayers: 2\nhidden: 64\nheads: 2\nffn: 128\n"
           "quant: ../configs/quant/" +
           recipe + ".yaml\n" + more +
           (more.find("patches") == std::string::npos && more.find("decode") == std::string::npos
                ? "sequence: 16\n"
                : "");
}

} // namespace test_workload

#endif
