#include "sim/base/schema_print.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/support/test_machine.h"

static std::string printed(void (*print)(const char *, const fl_param *, size_t, FILE *),
                           const fl_param *params, size_t count)
{
    char *bytes = nullptr;
    size_t size = 0;
    FILE *file = open_memstream(&bytes, &size);
    print("matrix", params, count, file);
    fclose(file);
    std::string text(bytes, size);
    free(bytes);
    return text;
}

TEST(SchemaPrint, PrintsAlignedText)
{
    EXPECT_EQ(printed(fl_schema_print_text, TEST_MATRIX_PARAMS, TEST_MATRIX_PARAM_COUNT),
              "matrix\n"
              "  key           type                   allowed              default   meaning\n"
              "  rows          whole number           1..1024              required  rows of the array\n"
              "  columns       whole number           1..1024              required  columns of the array\n"
              "  dataflow      choice                 os, ws, is           os        what stays in the PEs\n"
              "  overlap.skew  whole number [cycles]  0 cycles..64 cycles  0         skew that overlaps the "
              "tile before\n"
              "  pe            part: test_pe                               required  processing element\n");
}

TEST(SchemaPrint, PrintsMarkdown)
{
    const std::string text = printed(fl_schema_print_markdown, TEST_COSTS_PARAMS, TEST_COSTS_PARAM_COUNT);
    EXPECT_EQ(
        text.rfind(
            "### matrix\n\n| key | type | allowed | default | meaning |\n| --- | --- | --- | --- | --- |\n"
            "| `latency` | whole number [ps] | at least 0 ps | `14.06 ns` | row to data |\n",
            0),
        0u)
        << text;
    EXPECT_NE(text.find("| `voltage` | number | 0.4..1.2 | `0.8` | relative \\| absolute |\n"),
              std::string::npos)
        << text;
}
