// Reads a JSON file of test vectors. Numbers keep their text, so 64-bit integers stay exact.
#ifndef FL_TESTS_SUPPORT_JSON_H
#define FL_TESTS_SUPPORT_JSON_H

#include <cctype>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

class Json
{
public:
    const Json &operator[](const char *key) const { return members_.at(key); }
    const Json &operator[](const std::string &key) const { return members_.at(key); }
    template <typename Index, typename = std::enable_if_t<std::is_integral<Index>::value>>
    const Json &operator[](Index index) const
    {
        return items_.at((size_t)index);
    }
    bool has(const std::string &key) const { return members_.count(key) != 0; }
    size_t size() const { return items_.size(); }
    const std::map<std::string, Json> &members() const { return members_; }
    std::vector<Json>::const_iterator begin() const { return items_.begin(); }
    std::vector<Json>::const_iterator end() const { return items_.end(); }

    const std::string &text() const { return text_; }
    bool is_null() const { return text_ == "null"; }
    bool boolean() const { return text_ == "true"; }
    long long integer() const { return std::stoll(text_); }
    double real() const { return std::stod(text_); }
    template <typename T> std::vector<T> integers() const
    {
        std::vector<T> values;
        for (const Json &item : items_) values.push_back((T)item.integer());
        return values;
    }
    std::vector<double> reals() const
    {
        std::vector<double> values;
        for (const Json &item : items_) values.push_back(item.real());
        return values;
    }

    static Json parse(std::istream &in)
    {
        Json value;
        const char first = next(in);
        if (first == '{' || first == '[') {
            value.parse_container(in, first);
        } else if (first == '"') {
            value.text_ = parse_string(in);
        } else {
            in.unget();
            while (is_scalar(in.peek())) value.text_ += (char)in.get();
            if (value.text_.empty()) throw std::runtime_error("JSON: a value is missing");
        }
        return value;
    }

private:
    static bool is_scalar(int c) { return std::isalnum(c) || c == '+' || c == '-' || c == '.'; }
    static char next(std::istream &in)
    {
        char c;
        if (!(in >> std::ws).get(c)) throw std::runtime_error("JSON: unexpected end");
        return c;
    }
    static std::string parse_string(std::istream &in)
    {
        std::string text;
        char c;
        while (in.get(c) && c != '"') {
            if (c == '\\') in.get(c);
            text += c;
        }
        return text;
    }
    void parse_container(std::istream &in, char open)
    {
        const char close = open == '{' ? '}' : ']';
        for (char c = next(in); c != close; c = next(in)) {
            if (c == ',') c = next(in);
            if (open == '[') {
                in.unget();
                items_.push_back(parse(in));
            } else {
                const std::string key = parse_string(in);
                if (next(in) != ':') throw std::runtime_error("JSON: no ':' after " + key);
                members_[key] = parse(in);
            }
        }
    }

    std::map<std::string, Json> members_;
    std::vector<Json> items_;
    std::string text_;
};

// `path` is relative to the repository root, where the tests run.
inline Json json_read(const std::string &path)
{
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path);
    return Json::parse(in);
}

#endif
