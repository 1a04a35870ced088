// A fresh SystemC simulation context for every test, so that many simulations share one process.
#ifndef FL_TESTS_SUPPORT_SYSTEMC_TEST_H
#define FL_TESTS_SUPPORT_SYSTEMC_TEST_H

#include <gtest/gtest.h>

#include "sim/base/systemc_context.h"

class SystemcTest : public ::testing::Test
{
protected:
    void SetUp() override { fl::fresh_simulation_context(); }
};

#endif
