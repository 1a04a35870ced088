// Reads a test table: a header line, then one line per row, comma-separated, cells in double quotes may hold
// commas.
#ifndef FL_TESTS_SUPPORT_CSV_H
#define FL_TESTS_SUPPORT_CSV_H

#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

class CsvRow
{
public:
    CsvRow(const std::vector<std::string> &header, const std::vector<std::string> &cells)
    {
        for (size_t i = 0; i < header.size() && i < cells.size(); i++) cells_[header[i]] = cells[i];
    }
    const std::string &text(const std::string &column) const { return cells_.at(column); }
    long long integer(const std::string &column) const { return std::stoll(text(column)); }
    double real(const std::string &column) const { return std::stod(text(column)); }

private:
    std::map<std::string, std::string> cells_;
};

inline std::vector<std::string> csv_split(const std::string &line)
{
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (char c : line) {
        if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            cells.emplace_back();
        else if (c != '\r')
            cells.back() += c;
    }
    return cells;
}

// `path` is relative to the repository root, where the tests run. Throws when there is no such file or no row
// in it.
inline std::vector<CsvRow> csv_read(const std::string &path)
{
    std::ifstream in(path);
    std::string line;
    std::vector<CsvRow> rows;
    if (!std::getline(in, line)) throw std::runtime_error("cannot read " + path);
    const std::vector<std::string> header = csv_split(line);
    while (std::getline(in, line)) {
        if (!line.empty()) rows.emplace_back(header, csv_split(line));
    }
    if (rows.empty()) throw std::runtime_error("no rows in " + path);
    return rows;
}

#endif
