#include "workloads/tensors/tensor_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "pe/num/minifloat.h"
#include "tests/support/folder.h"

namespace
{

// An open file, or the error that it gave.
class Opened
{
public:
    explicit Opened(const std::string &path) { status = wl_tensor_file_open(path.c_str(), &file, &error); }
    explicit Opened(std::string *bytes)
    {
        status =
            wl_tensor_file_open_stream(fmemopen(bytes->data(), bytes->size(), "rb"), "mem", &file, &error);
    }
    ~Opened() { wl_tensor_file_close(&file); }
    Opened(const Opened &) = delete;
    Opened &operator=(const Opened &) = delete;

    std::vector<float> values(const std::string &name)
    {
        for (size_t i = 0; i < file.count; i++) {
            if (file.tensors[i].name != name) continue;
            std::vector<float> x(file.tensors[i].elements + 1);
            status = wl_tensor_read(&file, &file.tensors[i], x.data(), &error);
            x.pop_back();
            return x;
        }
        ADD_FAILURE() << "no tensor " << name;
        return {};
    }
    std::string text() const { return error.text; }

    wl_tensor_file file = {};
    fl_error error = {};
    fl_status status = FL_OK;
};

std::string safetensors(const std::string &header, const std::string &data)
{
    std::string bytes(8, '\0');
    const uint64_t size = header.size();
    std::memcpy(bytes.data(), &size, 8);
    return bytes + header + data;
}

std::string error_of(std::string bytes)
{
    Opened opened(&bytes);
    EXPECT_EQ(opened.status, FL_BAD_INPUT);
    return opened.text();
}

const std::vector<float> matrix = {-1.25, -1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1, 1.25, 1.5};

TEST(TensorFile, ReadsArchivesThatNumpyStoredAndDeflated)
{
    for (const char *name : {"stored.npz", "deflated.npz"}) {
        SCOPED_TRACE(name);
        Opened opened(std::string("tests/data/tensors/") + name);
        ASSERT_EQ(opened.status, FL_OK) << opened.text();
        EXPECT_EQ(opened.values("fc.weight"), matrix);
        EXPECT_EQ(opened.values("half"), (std::vector<float>{1.5F, -2, 65504, 0x1p-24F}));
        EXPECT_TRUE(opened.values("none").empty());
        EXPECT_STREQ(opened.file.tensors[0].name, "count");
        EXPECT_STREQ(opened.file.tensors[0].dtype->name, "I64");
        EXPECT_EQ(opened.file.tensors[0].rank, 0u);
        EXPECT_EQ(opened.file.tensors[0].elements, 1u);
        EXPECT_EQ(opened.status, FL_OK) << opened.text();
    }
}

TEST(TensorFile, ReadsAnArrayAndRefusesItsOtherOrders)
{
    Opened plain(std::string("tests/data/tensors/matrix.npy"));
    ASSERT_EQ(plain.status, FL_OK) << plain.text();
    EXPECT_EQ(plain.values("array"), matrix);
    EXPECT_EQ(plain.file.tensors[0].shape[0], 3u);
    EXPECT_EQ(plain.file.tensors[0].shape[1], 4u);
    Opened fortran(std::string("tests/data/tensors/fortran.npy"));
    EXPECT_EQ(fortran.text(), "tests/data/tensors/fortran.npy: byte 0: array: Fortran order is not read; "
                              "save numpy.ascontiguousarray(x)");
    Opened big_endian(std::string("tests/data/tensors/big_endian.npy"));
    EXPECT_EQ(big_endian.text(), "tests/data/tensors/big_endian.npy: byte 0: array: dtype '>f4' is not read "
                                 "(little-endian f2, f4, f8, integers, bool)");
}

TEST(TensorFile, ReadsSafetensorsOfThreeFloatTypes)
{
    const float one[] = {1, -3};
    std::string data(reinterpret_cast<const char *>(one), 8);
    data += std::string("\x00\x3c", 2) + std::string("\x80\xbf", 2); // fp16 1, bf16 -1
    std::string bytes = safetensors(
        R"({"__metadata__":{"a":"b"}, "w\u00e9\"":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},
        "h":{"shape":[1],"data_offsets":[8,10],"dtype":"F16"},"b":{"dtype":"BF16","shape":[],"data_offsets":[10,12]}}  )",
        data);
    Opened opened(&bytes);
    ASSERT_EQ(opened.status, FL_OK) << opened.text();
    EXPECT_EQ(opened.values("w\xc3\xa9\""), (std::vector<float>{1, -3}));
    EXPECT_EQ(opened.values("h"), std::vector<float>{1});
    EXPECT_EQ(opened.values("b"), std::vector<float>{-1});
}

TEST(TensorFile, LocatesFaultsOfSafetensors)
{
    const auto entry = [](const std::string &dtype, const std::string &shape, const std::string &offsets) {
        return R"("t":{"dtype":")" + dtype + R"(","shape":[)" + shape + R"(],"data_offsets":[)" + offsets +
               "]}";
    };
    const std::string eight(8, '\0');
    const struct {
        std::string header, data, message;
    } cases[] = {
        {"{" + entry("F32", "2", "0,8") + "}", eight.substr(1),
         "mem: byte 61: header: truncated: data_offsets end past the end of the file"},
        {"{" + entry("F32", "3", "0,8") + "}", eight,
         "mem: byte 61: header: shape and dtype do not fit data_offsets"},
        {"{" + entry("F32", "2", "8,0") + "}", eight, "mem: byte 61: header: data_offsets run backwards"},
        {"{" + entry("Q7", "2", "0,8") + "}", eight, "mem: byte 26: header: unknown dtype"},
        {"{" + entry("F32", "9999999999,9999999999", "0,8") + "}", eight,
         "mem: byte 81: header: absurd shape: more than 2^62 bytes"},
        {"{" + entry("F32", "99999999999999999999", "0,8") + "}", eight,
         "mem: byte 56: header: absurd number"},
        {"{" + entry("F32", "-2", "0,8") + "}", eight,
         "mem: byte 37: header: expected a whole number, not negative"},
        {"{" + entry("F32", "1", "0,4") + "}", eight, "mem: byte 66: 4 bytes at the end belong to no tensor"},
        {"{" + entry("F32", "1", "4,8") + "}", eight,
         "mem: byte 62: 4 bytes before tensor \"t\" belong to none"},
        {"{" + entry("F32", "2", "0,8") + R"(,"u":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", eight,
         "mem: byte 119: tensor \"u\" overlaps \"t\""},
        {"{" + entry("F32", "1", "0,4") + "," + entry("F32", "1", "4,8") + "}", eight,
         "mem: byte 119: tensor \"t\" is there twice"},
        {"{" + entry("F32", "2", "0,8"), eight, "mem: byte 61: header: '}' expected"},
        {R"({"t":{"dtype":"F32","shape":[2]}})", eight,
         "mem: byte 40: header: a tensor lacks dtype, shape or data_offsets"},
    };
    for (const auto &c : cases) {
        EXPECT_EQ(error_of(safetensors(c.header, c.data)), c.message);
    }
    std::string truncated = safetensors("{}", "");
    truncated[0] = 100;
    EXPECT_EQ(error_of(truncated), "mem: byte 0: truncated: the header needs 100 bytes, 2 follow");
    EXPECT_EQ(error_of("hello, this is no model"),
              "mem: byte 0: neither a safetensors, an npy nor an npz file");
}

// Cut anywhere, an archive gives an error, at opening or at reading, and never values.
TEST(TensorFile, TruncatedFilesAreRefusedAtEveryLength)
{
    for (const char *name : {"stored.npz", "deflated.npz", "matrix.npy"}) {
        const std::string whole = read_file(std::string("tests/data/tensors/") + name);
        for (size_t size = 1; size < whole.size(); size += 1 + size / 64) {
            std::string bytes = whole.substr(0, size);
            EXPECT_NE(error_of(bytes), "") << name << " cut to " << size;
        }
    }
}

TEST(TensorFile, DamagedElementsFailTheirChecksum)
{
    std::string bytes = read_file("tests/data/tensors/stored.npz");
    const size_t at = bytes.find(std::string("\x00\x00\xa0\xbf", 4)); // -1.25, the first element
    ASSERT_NE(at, std::string::npos);
    bytes[at] = 1;
    Opened opened(&bytes);
    ASSERT_EQ(opened.status, FL_OK) << opened.text();
    opened.values("fc.weight");
    EXPECT_EQ(opened.status, FL_BAD_INPUT);
    EXPECT_NE(opened.text().find("tensor \"fc.weight\": damaged: its CRC is"), std::string::npos)
        << opened.text();
}

TEST(TensorFile, ConvertsEveryHalfExactly)
{
    num_minifloat half;
    ASSERT_TRUE(num_minifloat_parse("fp16", &half));
    for (uint32_t code = 0; code < 65536; code++) {
        const double expected = num_minifloat_decode(half, code), got = wl_half_to_float((uint16_t)code);
        if (std::isnan(expected))
            ASSERT_TRUE(std::isnan(got)) << code;
        else
            ASSERT_EQ(got, expected) << code;
    }
}

} // namespace
