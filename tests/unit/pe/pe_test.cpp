// Every PE type of the registry against exact integer products, and the published vectors of the 4-bit types.
#include "pe/pe.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/base/registry.h"
#include "tests/support/csv.h"

namespace
{

const pe_type *pe_named(const std::string &name)
{
    const fl_part *part = fl_registry_find("pe", name.c_str());
    if (!part) throw std::runtime_error("no PE type " + name);
    return static_cast<const pe_type *>(part->ops);
}

num_format parse(const std::string &name)
{
    num_format format{};
    if (!num_format_parse(name.c_str(), &format)) throw std::runtime_error("no format " + name);
    return format;
}

num_format vector_format(std::string type)
{
    if (type[0] == 's') type.erase(0, 1);
    return parse(type + "4");
}

const char *const all_formats[] = {"int2",  "int3",  "int4",  "int5",    "int6",    "int7",    "int8",
                                   "uint2", "uint3", "uint4", "uint5",   "uint6",   "uint7",   "uint8",
                                   "int9",  "int16", "int32", "flint3",  "flint4",  "flint5",  "flint8",
                                   "pot3",  "pot4",  "pot5",  "uflint3", "uflint4", "uflint5", "uflint8",
                                   "upot3", "upot4", "upot5"};

uint32_t multiply(const pe_type *pe, uint32_t psum, num_format fa, uint32_t a, num_format fb, uint32_t b)
{
    num_operand as[PE_MAX_SLICES], bs[PE_MAX_SLICES];
    pe->decode(fa, a, as);
    pe->decode(fb, b, bs);
    for (unsigned i = 0; i < pe->slices(fa); i++) {
        for (unsigned j = 0; j < pe->slices(fb); j++) psum = pe->mac(psum, as[i], bs[j]);
    }
    return psum;
}

struct Slices {
    const char *pe;
    const char *format;
    unsigned slices;
};

TEST(PeTypes, TakeTheFormatsOfTheirWidth)
{
    for (const Slices &c : std::vector<Slices>{
             {"int8", "int2", 1},   {"int8", "uint8", 1},   {"int8", "int8", 1},    {"int8", "int9", 0},
             {"int8", "flint4", 0}, {"int8", "pot4", 0},    {"int4", "uint4", 1},   {"int4", "int4", 1},
             {"int4", "int8", 2},   {"int4", "uint8", 2},   {"int4", "int16", 0},   {"int4", "flint4", 0},
             {"int4", "upot4", 0},  {"ant4", "int4", 1},    {"ant4", "uflint4", 1}, {"ant4", "flint4", 1},
             {"ant4", "upot4", 1},  {"ant4", "pot4", 1},    {"ant4", "int8", 2},    {"ant4", "uint8", 2},
             {"ant4", "flint5", 0}, {"ant4", "uflint8", 0}, {"ant4", "pot5", 0},    {"ant4", "int16", 0}}) {
        EXPECT_EQ(pe_named(c.pe)->slices(parse(c.format)), c.slices) << c.pe << ' ' << c.format;
    }
    EXPECT_EQ(pe_named("int8")->operand_bits, 8u);
    EXPECT_EQ(pe_named("int4")->operand_bits, 4u);
    EXPECT_EQ(pe_named("ant4")->operand_bits, 4u);
}

TEST(PeTypes, SlicesAddUpToTheValueOfEveryCode)
{
    for (const char *name : {"int8", "int4", "ant4"}) {
        const pe_type *pe = pe_named(name);
        for (const char *format_name : all_formats) {
            const num_format format = parse(format_name);
            const unsigned slices = pe->slices(format);
            if (slices == 0) continue;
            for (uint32_t code = 0; code < 1u << format.bits; code++) {
                num_operand operands[PE_MAX_SLICES];
                pe->decode(format, code, operands);
                long sum = 0;
                for (unsigned i = 0; i < slices; i++) {
                    const int low = name[3] == '8' ? -128 : -8, high = name[3] == '8' ? 255 : 15;
                    EXPECT_GE(operands[i].base, low) << name << ' ' << format_name;
                    EXPECT_LE(operands[i].base, high) << name << ' ' << format_name;
                    sum += (long)operands[i].base * (1L << operands[i].shift);
                }
                EXPECT_EQ(sum, num_decode(format, code)) << name << ' ' << format_name << ' ' << code;
            }
        }
    }
}

TEST(PeTypes, MultiplyEveryPairOfCodes)
{
    for (const char *name : {"int8", "int4", "ant4"}) {
        const pe_type *pe = pe_named(name);
        for (const char *a_name : all_formats) {
            for (const char *b_name : all_formats) {
                const num_format fa = parse(a_name), fb = parse(b_name);
                if (pe->slices(fa) == 0 || pe->slices(fb) == 0) continue;
                const uint32_t step =
                    fa.bits + fb.bits > 12 ? 3 : 1; // odd: still meets every code of both sides
                for (uint32_t pair = 0; pair < 1u << (fa.bits + fb.bits); pair += step) {
                    const uint32_t a = pair >> fb.bits, b = pair & ((1u << fb.bits) - 1);
                    const int64_t expected = (int64_t)num_decode(fa, a) * num_decode(fb, b) - 5;
                    ASSERT_EQ(multiply(pe, (uint32_t)-5, fa, a, fb, b), (uint32_t)expected)
                        << name << ' ' << a_name << ' ' << a << ' ' << b_name << ' ' << b;
                }
            }
        }
    }
}

TEST(PeTypes, PartialSumsWrapModuloTwoToThe32)
{
    for (const char *name : {"int8", "int4", "ant4"}) {
        const pe_type *pe = pe_named(name);
        const num_format format = parse("uint4");
        EXPECT_EQ(multiply(pe, 0xFFFFFFFFu, format, 1, format, 1), 0u) << name;
        EXPECT_EQ(multiply(pe, 0x7FFFFFFFu, format, 15, format, 15), 0x7FFFFFFFu + 225) << name;
    }
    EXPECT_EQ(pe_named("ant4")->mac(7, num_operand{-1, 14}, num_operand{1, 14}), 7 - (1u << 28));
    EXPECT_EQ(pe_named("ant4")->mac(7, num_operand{3, 31}, num_operand{1, 1}), 7u) << "all bits shifted out";
}

TEST(PeTypes, MultiplyThePublishedTypeFusionProducts)
{
    const pe_type *pe = pe_named("ant4");
    for (const CsvRow &row : csv_read("tests/data/formats/typefusion_products.csv")) {
        num_operand a[PE_MAX_SLICES], b[PE_MAX_SLICES];
        pe->decode(vector_format(row.text("typeA")), (uint32_t)row.integer("codeA"), a);
        pe->decode(vector_format(row.text("typeB")), (uint32_t)row.integer("codeB"), b);
        EXPECT_EQ(a[0].base, row.integer("baseA"));
        EXPECT_EQ(a[0].shift, row.integer("shA"));
        EXPECT_EQ(b[0].base, row.integer("baseB"));
        EXPECT_EQ(b[0].shift, row.integer("shB"));
        EXPECT_EQ((int32_t)pe->mac(0, a[0], b[0]), row.integer("product"));
    }
}

TEST(PeTypes, AccumulateThePublishedDotProducts)
{
    const pe_type *pe = pe_named("ant4");
    for (const CsvRow &row : csv_read("tests/data/formats/typefusion_dots.csv")) {
        const std::string a = row.text("codesA_hex"), b = row.text("codesB_hex");
        uint32_t psum = 0;
        for (size_t i = 0; i < a.size(); i++) {
            psum = multiply(
                pe, psum, vector_format(row.text("typeA")), (uint32_t)std::stoul(a.substr(i, 1), nullptr, 16),
                vector_format(row.text("typeB")), (uint32_t)std::stoul(b.substr(i, 1), nullptr, 16));
        }
        EXPECT_EQ((int32_t)psum, row.integer("dot"));
    }
}

TEST(PeTypes, SplitInt8AsPublished)
{
    for (const char *name : {"int4", "ant4"}) {
        const pe_type *pe = pe_named(name);
        const num_format format = parse("int8");
        for (const CsvRow &row : csv_read("tests/data/formats/int8_on_4bit_pes.csv")) {
            num_operand a[PE_MAX_SLICES], b[PE_MAX_SLICES];
            pe->decode(format, (uint32_t)row.integer("a"), a);
            pe->decode(format, (uint32_t)row.integer("b"), b);
            EXPECT_EQ(a[0].base, row.integer("ah"));
            EXPECT_EQ(a[1].base, row.integer("al"));
            EXPECT_EQ(b[0].base, row.integer("bh"));
            EXPECT_EQ(b[1].base, row.integer("bl"));
            EXPECT_EQ((int32_t)pe->mac(0, a[0], b[0]), row.integer("p_hh_sh8"));
            EXPECT_EQ((int32_t)pe->mac(0, a[0], b[1]), row.integer("p_hl_sh4"));
            EXPECT_EQ((int32_t)pe->mac(0, a[1], b[0]), row.integer("p_lh_sh4"));
            EXPECT_EQ((int32_t)pe->mac(0, a[1], b[1]), row.integer("p_ll_sh0"));
            EXPECT_EQ((int32_t)multiply(pe, 0, format, (uint32_t)row.integer("a"), format,
                                        (uint32_t)row.integer("b")),
                      row.integer("product"));
        }
    }
}

} // namespace
