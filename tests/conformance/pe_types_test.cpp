// Every registered PE type keeps its contract (pe/pe.h), whatever formats it takes. A new type is picked up
// from the registry.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "pe/pe.h"
#include "sim/base/registry.h"

namespace
{
struct Format {
    std::string name;
    num_format format;
};

// All formats of up to 8 bits that pe/num knows.
std::vector<Format> all_formats()
{
    std::vector<Format> formats;
    for (const char *sign : {"", "u"})
        for (const char *kind : {"int", "flint", "pot"})
            for (int bits = 2; bits <= 8; bits++) {
                Format f = {sign + std::string(kind) + std::to_string(bits), {}};
                if (num_format_parse(f.name.c_str(), &f.format)) formats.push_back(f);
            }
    return formats;
}

std::vector<const fl_part *> pe_parts()
{
    const fl_part *parts[64];
    const size_t count = fl_registry_list("pe", parts, 64);
    return {parts, parts + count};
}

class PeType : public ::testing::TestWithParam<const fl_part *>
{
protected:
    const pe_type &pe() const { return *static_cast<const pe_type *>(GetParam()->ops); }
    std::vector<Format> taken() const
    {
        std::vector<Format> formats;
        for (const Format &f : all_formats())
            if (pe().slices(f.format) != 0) formats.push_back(f);
        return formats;
    }
    uint32_t product(uint32_t psum, const Format &fa, uint32_t a, const Format &fb, uint32_t b) const
    {
        num_operand as[PE_MAX_SLICES], bs[PE_MAX_SLICES];
        pe().decode(fa.format, a, as);
        pe().decode(fb.format, b, bs);
        for (unsigned i = 0; i < pe().slices(fa.format); i++)
            for (unsigned j = 0; j < pe().slices(fb.format); j++) psum = pe().mac(psum, as[i], bs[j]);
        return psum;
    }
};

TEST_P(PeType, TakesFormatsOfItsWidthInOneSlice)
{
    EXPECT_GE(pe().operand_bits, 1u);
    EXPECT_FALSE(taken().empty());
    for (const Format &f : taken()) {
        EXPECT_LE(pe().slices(f.format), static_cast<unsigned>(PE_MAX_SLICES)) << f.name;
        EXPECT_EQ(pe().slices(f.format) > 1, f.format.bits > pe().operand_bits) << f.name;
    }
}

TEST_P(PeType, SlicesAddUpToTheValueOfEveryCode)
{
    for (const Format &f : taken())
        for (uint32_t code = 0; code < 1u << f.format.bits; code++) {
            num_operand slices[PE_MAX_SLICES];
            pe().decode(f.format, code, slices);
            int64_t value = 0;
            for (unsigned s = 0; s < pe().slices(f.format); s++)
                value += static_cast<int64_t>(slices[s].base) * (int64_t{1} << slices[s].shift);
            ASSERT_EQ(value, num_decode(f.format, code)) << f.name << " code " << code;
        }
}

TEST_P(PeType, MultipliesEveryPairOfCodesOfEveryPairOfFormats)
{
    for (const Format &fa : taken())
        for (const Format &fb : taken())
            for (uint32_t a = 0; a < 1u << fa.format.bits; a++)
                for (uint32_t b = 0; b < 1u << fb.format.bits; b++) {
                    const int64_t exact = int64_t{num_decode(fa.format, a)} * num_decode(fb.format, b);
                    ASSERT_EQ(product(0, fa, a, fb, b), static_cast<uint32_t>(exact))
                        << fa.name << " " << a << " x " << fb.name << " " << b;
                }
}

TEST_P(PeType, PartialSumsWrapModuloTwoToThe32)
{
    for (const Format &fa : taken())
        for (const Format &fb : taken())
            for (uint32_t psum : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu, 0xffff8000u})
                for (uint32_t code : {0u, 1u, (1u << fa.format.bits) - 1, 1u << (fa.format.bits - 1)}) {
                    const uint32_t other = code & ((1u << fb.format.bits) - 1);
                    const int64_t exact =
                        int64_t{psum} + int64_t{num_decode(fa.format, code)} * num_decode(fb.format, other);
                    ASSERT_EQ(product(psum, fa, code, fb, other), static_cast<uint32_t>(exact))
                        << fa.name << " x " << fb.name;
                }
}

INSTANTIATE_TEST_SUITE_P(Registered, PeType, ::testing::ValuesIn(pe_parts()),
                         [](const auto &instance) { return std::string(instance.param->name); });

// An instantiation without parts would pass by testing nothing.
TEST(PeTypeRegistry, IsNotEmpty) { EXPECT_GE(pe_parts().size(), 3u); }
} // namespace
