#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace spoor {

// Text in columns for people.  A name that begins with '>' makes a column whose cells stand on the
// right.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> names) { rows_.push_back(std::move(names)); }
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Columns that are empty in every row are left out.
  void Print(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;  // the first has the names
};

}  // namespace spoor
