#include "sim/base/registry.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

static const fl_part LATE = {.kind = "registry_test", .name = "zeta", .help = "registered first"};
static const fl_part EARLY = {.kind = "registry_test", .name = "alpha", .help = "registered second"};
static const fl_part OTHER = {.kind = "registry_test_other", .name = "alpha", .help = "of another kind"};
FL_REGISTER_PART(LATE)
FL_REGISTER_PART(EARLY)
FL_REGISTER_PART(OTHER)

TEST(Registry, FindsPartsByKindAndName)
{
    EXPECT_EQ(fl_registry_find("registry_test", "alpha"), &EARLY);
    EXPECT_EQ(fl_registry_find("registry_test_other", "alpha"), &OTHER);
    EXPECT_EQ(fl_registry_find("registry_test_other", "zeta"), nullptr);
    EXPECT_EQ(fl_registry_find("", ""), nullptr);
}

TEST(Registry, ListsOneKindInOrderOfNames)
{
    const fl_part *parts[4] = {};
    ASSERT_EQ(fl_registry_list("registry_test", parts, 4), 2u);
    EXPECT_EQ(parts[0], &EARLY);
    EXPECT_EQ(parts[1], &LATE);
    EXPECT_EQ(parts[2], nullptr);
}

TEST(Registry, CountsBeyondTheCapacityOfTheList)
{
    const fl_part *parts[2] = {};
    EXPECT_EQ(fl_registry_list("registry_test", parts, 1), 2u);
    EXPECT_EQ(parts[0], &EARLY);
    EXPECT_EQ(parts[1], nullptr);
}

TEST(Registry, ListsAllPartsByKindThenName)
{
    std::vector<const fl_part *> parts(fl_registry_list(nullptr, nullptr, 0));
    ASSERT_GE(parts.size(), 3u);
    fl_registry_list(nullptr, parts.data(), parts.size());
    for (size_t i = 1; i < parts.size(); i++) {
        auto before = std::make_pair(std::string(parts[i - 1]->kind), std::string(parts[i - 1]->name));
        auto after = std::make_pair(std::string(parts[i]->kind), std::string(parts[i]->name));
        EXPECT_LT(before, after);
    }
}

TEST(Registry, HasNoFaultInThisProgram) { EXPECT_EQ(fl_registry_fault(), nullptr); }

// A fault stays for the life of the process, so it is provoked in a child.
TEST(RegistryDeathTest, KeepsTheFaultOfADuplicate)
{
    EXPECT_EXIT(
        {
            fl_registry_add(&LATE);
            fl_registry_add(&EARLY);
            fprintf(stderr, "%s", fl_registry_fault());
            _exit(0);
        },
        ::testing::ExitedWithCode(0), "registry_test \"zeta\" is registered twice");
}

TEST(RegistryDeathTest, KeepsTheFaultOfTooManyParts)
{
    EXPECT_EXIT(
        {
            static std::vector<std::string> names(300);
            static std::vector<fl_part> parts(300);
            for (size_t i = 0; i < parts.size(); i++) {
                names[i] = "part" + std::to_string(i);
                parts[i].kind = "many";
                parts[i].name = names[i].c_str();
                fl_registry_add(&parts[i]);
            }
            fprintf(stderr, "%s", fl_registry_fault());
            _exit(0);
        },
        ::testing::ExitedWithCode(0), "the registry is full");
}
