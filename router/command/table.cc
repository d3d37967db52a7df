#include "router/command/table.h"

#include <algorithm>
#include <ostream>

namespace spoor {
namespace {

// Characters, as far as they are of width one.
size_t Width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

void TextTable::Print(std::ostream& out) const {
  const size_t columns = rows_[0].size();
  std::vector<size_t> width(columns, 0);
  std::vector<bool> right(columns), used(columns, false);
  std::vector<std::vector<std::string>> rows = rows_;
  for (size_t c = 0; c < columns; ++c) {
    right[c] = !rows[0][c].empty() && rows[0][c][0] == '>';
    if (right[c]) rows[0][c].erase(0, 1);
    for (size_t r = 0; r < rows.size(); ++r) {
      width[c] = std::max(width[c], Width(rows[r][c]));
      used[c] = used[c] || (r > 0 && !rows[r][c].empty());
    }
  }
  for (const std::vector<std::string>& row : rows) {
    std::string line;
    for (size_t c = 0; c < columns; ++c) {
      if (!used[c]) continue;
      const std::string space(width[c] - Width(row[c]), ' ');
      if (!line.empty()) line += "  ";
      line += right[c] ? space + row[c] : row[c] + space;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

}  // namespace spoor
