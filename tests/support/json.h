// Reads a test vector in JSON: objects, arrays, numbers, strings. Throws std::runtime_error on anything it
// does not know.
#ifndef FL_TESTS_SUPPORT_JSON_H
#define FL_TESTS_SUPPORT_JSON_H

#include <cctype>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

struct Json {
    std::map<std::string, Json> members;
    std::vector<Json> items;
    std::string text; // of a string, or of a number as written

    const Json &operator[](const std::string &key) const { return members.at(key); }
    double real() const { return std::stod(text); }
    int64_t integer() const { return std::stoll(text); }
    std::vector<int64_t> integers() const
    {
        std::vector<int64_t> values;
        for (const Json &item : items) values.push_back(item.integer());
        return values;
    }
};

class JsonReader
{
public:
    explicit JsonReader(std::string text) : text_(std::move(text)) {}
    Json read()
    {
        const char first = peek();
        Json value;
        if (first == '{')
            list('{', '}', [&] {
                const std::string key = string();
                expect(':');
                value.members[key] = read();
            });
        else if (first == '[')
            list('[', ']', [&] { value.items.push_back(read()); });
        else if (first == '"')
            value.text = string();
        else
            value.text = number();
        return value;
    }

private:
    char peek()
    {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) at_++;
        if (at_ == text_.size()) throw std::runtime_error("JSON ends early");
        return text_[at_];
    }
    void expect(char c)
    {
        if (peek() != c) throw std::runtime_error("JSON at " + std::to_string(at_) + ": expected " + c);
        at_++;
    }
    template <class Item> void list(char open, char close, Item item)
    {
        expect(open);
        if (peek() != close) {
            item();
            for (; peek() == ','; item()) at_++;
        }
        expect(close);
    }
    std::string string()
    {
        expect('"');
        const size_t end = text_.find('"', at_);
        const std::string value = text_.substr(at_, end - at_);
        at_ = end + 1;
        return value;
    }
    std::string number()
    {
        const size_t end = text_.find_first_not_of("+-.eE0123456789", at_);
        if (end == at_) throw std::runtime_error("JSON at " + std::to_string(at_) + ": not a value");
        const std::string value = text_.substr(at_, end - at_);
        at_ = end;
        return value;
    }

    std::string text_;
    size_t at_ = 0;
};

// `path` is relative to the repository root, where the tests run.
inline Json json_read(const std::string &path)
{
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path);
    std::stringstream text;
    text << in.rdbuf();
    return JsonReader(text.str()).read();
}

#endif
