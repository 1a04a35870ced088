// What a user reads who made a mistake in a machine or a workload file.
#include "sim/machine/machine_config.h"

#include <gtest/gtest.h>

#include "sim/machine/mapping.h"
#include "tests/support/bad_inputs.h"

namespace
{
// As the commands of the program load them: machine, memory, workload, mapping.
std::string load_error(const std::string &machine_path, const std::string &workload_path)
{
    fl_config *machine_config = nullptr, *workload_config = nullptr;
    fl_machine_config machine = {};
    fl_dram_profile dram = {};
    wl_workload *workload = nullptr;
    fl_error error = {};
    fl_status status = fl_config_load(machine_path.c_str(), nullptr, 0, &machine_config, &error);
    if (status == FL_OK) status = fl_machine_config_read(machine_config, &machine, &error);
    if (status == FL_OK) status = fl_dram_probe(&machine, &dram, &error);
    if (status == FL_OK) status = fl_config_load(workload_path.c_str(), nullptr, 0, &workload_config, &error);
    if (status == FL_OK) status = wl_build(workload_config, &workload, &error);
    if (status == FL_OK) {
        std::vector<fl_mapping> mappings(workload->op_count);
        status = fl_map_workload(&machine, workload, &dram, mappings.data(), &error);
    }
    EXPECT_EQ(status == FL_OK, error.text[0] == '\0');
    EXPECT_TRUE(status == FL_OK || status == FL_BAD_INPUT);
    if (workload != nullptr) wl_free(workload);
    if (workload_config != nullptr) fl_config_free(workload_config);
    if (machine_config != nullptr) fl_config_free(machine_config);
    return error.text;
}

TEST(MachineConfig, BadMachinesGetTheirMessages)
{
    expect_golden_messages("tests/data/bad_machines", 72, [](const std::string &path) {
        return load_error(path, "../../../workloads/tiny_encoder.yaml");
    });
}

TEST(MachineConfig, BadWorkloadsGetTheirMessages)
{
    expect_golden_messages("tests/data/bad_workloads", 20, [](const std::string &path) {
        return load_error("../../../configs/machines/tiny_8.yaml", path);
    });
}

TEST(MachineConfig, ShippedMachinesLoad)
{
    size_t machines = 0;
    for (const auto &file : bad_input_files("configs/machines")) {
        EXPECT_EQ(load_error(file.string(), "workloads/tiny_encoder.yaml"), "") << file;
        machines++;
    }
    EXPECT_GE(machines, 3u);
}
} // namespace
