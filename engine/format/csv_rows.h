#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace spoor {

inline constexpr absl::string_view kDelimiters = ",;\t";

// Cuts a table (RFC 4180) into rows, whatever the pieces in which it comes; line breaks inside
// quotes belong to the row.  Until set_delimiter is called any of kDelimiters ends a field, which
// is enough to find the end of the first row.  A quote opens a quoted field only at the start of a
// field, so that a stray one elsewhere (a 5" pipe) swallows nothing.
//
// Holds at most one row of at most max_bytes bytes; passes over the rest of a longer one.
class RowSplitter {
 public:
  struct Row {
    absl::string_view bytes;  // valid during the call; the first max_bytes of a longer row
    uint64_t line = 0;        // on which it starts, from 1
    bool too_long = false;
    bool cut = false;  // the stream ends inside quotes
  };
  using Sink = std::function<void(const Row&)>;

  explicit RowSplitter(size_t max_bytes) : max_bytes_(max_bytes) {}

  void set_delimiter(char delimiter) { delimiters_.fill(delimiter); }
  // Blank rows are left out.
  void Feed(absl::string_view bytes, const Sink& sink);
  void Finish(const Sink& sink);

 private:
  enum class At { kFieldStart, kField, kQuoted, kQuoteInQuoted };

  bool IsDelimiter(char c) const {
    return c == delimiters_[0] || c == delimiters_[1] || c == delimiters_[2];
  }
  // Goes on to behind the end of the row; npos when it lies beyond these bytes.
  size_t ScanToEnd(absl::string_view bytes);
  void Append(absl::string_view bytes);
  void EndRow(absl::string_view bytes, bool cut, const Sink& sink);

  const size_t max_bytes_;
  std::array<char, 3> delimiters_ = {kDelimiters[0], kDelimiters[1], kDelimiters[2]};
  At at_ = At::kFieldStart;
  std::string pending_;  // of the current row, when it came in several pieces
  bool too_long_ = false;
  uint64_t line_ = 1, next_line_ = 1;
};

// The fields of one row, unquoted.
class RowFields {
 public:
  // False when something but a delimiter follows a closing quote.  Stops behind max_fields fields;
  // a row that has more gives max_fields + 1.
  bool Split(absl::string_view row, char delimiter, size_t max_fields);
  const std::vector<absl::string_view>& fields() const { return fields_; }

 private:
  // Reads the quoted field behind the quote at `begin`; returns the place behind its closing quote.
  size_t Unquote(absl::string_view row, size_t begin);

  std::vector<absl::string_view> fields_;
  std::string
      unquoted_;  // of all quoted fields; its capacity suffices for a row, so that it never moves
};

// The delimiter that is most frequent outside quotes; a comma where none is.
char GuessDelimiter(absl::string_view row);

}  // namespace spoor
