#include "sim/base/text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

TEST(Text, GrowsWithWhatIsPrinted)
{
    fl_text text = {};
    std::string expected;
    for (int i = 0; i < 1000; i++) {
        fl_text_printf(&text, "%d,", i);
        expected += std::to_string(i) + ",";
    }
    EXPECT_FALSE(text.failed);
    EXPECT_EQ(text.size, expected.size());
    EXPECT_EQ(text.bytes, expected);
    fl_text_free(&text);
    EXPECT_EQ(text.bytes, nullptr);
}

TEST(Text, EscapesJsonStrings)
{
    fl_text text = {};
    fl_text_json(&text, "a\"b\\c\n\t\x01\x7f \xC3\xA9/");
    EXPECT_STREQ(text.bytes, "\"a\\\"b\\\\c\\n\\t\\u0001\\u007f \xC3\xA9/\"");
    fl_text_free(&text);
}

TEST(Text, HandsOverItsBytes)
{
    fl_text text = {};
    fl_text_puts(&text, "mine");
    char *bytes = fl_text_take(&text);
    EXPECT_STREQ(bytes, "mine");
    free(bytes);
    bytes = fl_text_take(&text);
    EXPECT_STREQ(bytes, "");
    free(bytes);
}
