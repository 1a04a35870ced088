// Do recipes give each tensor the format of the first rule that matches, and are their mistakes reported?
#include "workloads/quant_recipe.h"

#include <gtest/gtest.h>

#include <fstream>

namespace
{

// A recipe in a file of the test's own; messages name it "recipe.yaml".
class WlQuantRecipe : public ::testing::Test
{
protected:
    fl_status Load(const std::string &text)
    {
        path_ = ::testing::TempDir() + "wl_quant_recipe_" +
                ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".yaml";
        std::ofstream(path_) << text;
        Free();
        fl_status status = fl_config_load(path_.c_str(), nullptr, 0, &config_, &error_);
        if (status == FL_OK) status = wl_recipe_read(config_, fl_config_root(config_), &recipe_, &error_);
        return status == FL_OK ? fl_config_check_used(config_, &error_) : status;
    }
    void Free()
    {
        wl_recipe_free(recipe_);
        fl_config_free(config_);
        recipe_ = nullptr;
        config_ = nullptr;
    }
    void TearDown() override
    {
        Free();
        std::remove(path_.c_str());
    }
    std::string Error() const
    {
        std::string text = error_.text;
        size_t at = text.find(path_);
        return at == std::string::npos ? text : text.replace(at, path_.size(), "recipe.yaml");
    }
    std::string Format(wl_role role, const char *name)
    {
        num_format format;
        char text[12];
        if (wl_recipe_format(recipe_, role, name, &format, &error_) != FL_OK) return Error();
        return num_format_name(format, text);
    }

    fl_config *config_ = nullptr;
    wl_recipe *recipe_ = nullptr;
    fl_error error_ = {};
    std::string path_;
};

TEST_F(WlQuantRecipe, TakesTheFirstRuleThatMatches)
{
    ASSERT_EQ(Load("recipe: r\nrules:\n"
                   "  - {match: 'weight/layer0.*', format: int8}\n"
                   "  - {match: ['*.probs', '*.scores'], format: upot4}\n"
                   "  - {match: '*/layer?.*', format: flint4}\n"),
              FL_OK)
        << Error();
    EXPECT_EQ(Format(WL_WEIGHT, "layer0.query.weight"), "int8");
    EXPECT_EQ(Format(WL_ACTIVATION, "layer0.attention.scores"), "upot4");
    EXPECT_EQ(Format(WL_ACTIVATION, "layer0.query"), "flint4");
    EXPECT_EQ(wl_recipe_check_used(recipe_, &error_), FL_OK);
}

TEST_F(WlQuantRecipe, ReportsATensorWithoutARule)
{
    ASSERT_EQ(Load("recipe: r\nrules:\n  - {match: 'weight/*', format: int8}\n"), FL_OK) << Error();
    EXPECT_EQ(Format(WL_INPUT, "pixels"), "recipe.yaml:2:1: rules: no rule matches the tensor input/pixels");
}

TEST_F(WlQuantRecipe, ReportsARuleThatDecidesNothing)
{
    ASSERT_EQ(
        Load("recipe: r\nrules:\n  - {match: '*', format: int8}\n  - {match: 'weight/*', format: int4}\n"),
        FL_OK);
    EXPECT_EQ(Format(WL_WEIGHT, "w"), "int8");
    EXPECT_EQ(wl_recipe_check_used(recipe_, &error_), FL_BAD_INPUT);
    EXPECT_EQ(Error(), "recipe.yaml:4:5: rules[1]: unused rule: no tensor matches \"weight/*\", or earlier "
                       "rules took them all");
}

TEST_F(WlQuantRecipe, ReportsMistakesWhereTheyAre)
{
    const struct {
        const char *text, *message;
    } mistakes[] = {
        {"recipe: r\n", "recipe.yaml:1:1: missing key \"rules\" (a list of rules)"},
        {"recipe: r\nrules: int8\n",
         "recipe.yaml:2:1: rules: expected a list of rules with match and format"},
        {"recipe: r\nrules: []\n", "recipe.yaml:2:1: rules: expected a list of rules with match and format"},
        {"recipe: r\nrules:\n  - int8\n",
         "recipe.yaml:3:5: rules[0]: expected a rule: a map with match and format"},
        {"recipe: r\nrules:\n  - {format: int8}\n",
         "recipe.yaml:3:5: rules[0]: missing key \"match\" (a glob on role/name, or a list)"},
        {"recipe: r\nrules:\n  - {match: '*'}\n",
         "recipe.yaml:3:5: rules[0].format: missing key (number format of the tensors)"},
        {"recipe: r\nrules:\n  - {match: [], format: int8}\n",
         "recipe.yaml:3:6: rules[0].match: empty list of globs"},
        {"recipe: r\nrules:\n  - {match: {a: b}, format: int8}\n",
         "recipe.yaml:3:6: rules[0].match: expected a glob on role/name, or a list of globs"},
        {"recipe: r\nrules:\n  - {match: '*', format: in8}\n",
         "recipe.yaml:3:18: rules[0].format: unknown format \"in8\" (did you mean \"int8\"?)"},
        {"recipe: r\nrules:\n  - {match: '*', format: flint5}\n",
         "recipe.yaml:3:18: rules[0].format: flint5 has codes of 5 bits (allowed in memory: 4, 8, 16, 32)"},
        {"recipe: r\nrules:\n  - {match: '*', format: int8, scale: 1}\n",
         "recipe.yaml:3:32: rules[0].scale: unknown key (allowed: format, match)"},
        {"rules:\n  - {match: '*', format: int8}\n",
         "recipe.yaml:1:1: recipe: missing key (name of the recipe)"},
    };
    for (const auto &mistake : mistakes) {
        EXPECT_EQ(Load(mistake.text), FL_BAD_INPUT);
        EXPECT_EQ(Error(), mistake.message);
    }
}

} // namespace
