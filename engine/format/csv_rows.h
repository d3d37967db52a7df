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
// A stray one at the start of a field swallows its own line only.  A row over several lines whose
// quotes do not end within max_bytes and kMaxLines, or that the sink cannot take apart, was none:
// its first line is handed out alone, and the line behind it begins the next row.
//
//   a,"1,1      handed out as a line with an open quote
//   b,1,1       the next row
//
// Holds at most one row of at most max_bytes bytes; passes over the rest of a longer line.
class RowSplitter {
 public:
  // More than any address or remark; a bound on how often a line is looked at again.
  static constexpr uint64_t kMaxLines = 128;

  struct Row {
    absl::string_view bytes;  // valid during the call; the first max_bytes of a longer line
    uint64_t line = 0;        // on which it starts, from 1
    uint64_t lines = 1;
    bool too_long = false;
    bool open_quote = false;  // a line in which a quote opens that nothing closes
  };
  // Returns whether the row could be taken apart.  What it returns matters where row.lines > 1:
  // after false the row's first line comes again.
  using Sink = std::function<bool(const Row&)>;

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
  void CountLines(absl::string_view row, size_t begin, size_t end);
  // Goes on through a row; its length without the line break, or npos when that is not reached.
  size_t ScanRow(absl::string_view row);
  // Each returns how many bytes are done with.
  size_t TakeRows(absl::string_view text, const Sink& sink);
  size_t PassLine(absl::string_view text);
  size_t EndRow(absl::string_view row, bool cut, const Sink& sink);
  size_t GiveUp(absl::string_view text, const Sink& sink);
  void StartRow();

  const size_t max_bytes_;
  std::array<char, 3> delimiters_ = {kDelimiters[0], kDelimiters[1], kDelimiters[2]};
  std::string pending_;  // begins with the current row

  // Of the current row.
  At at_ = At::kFieldStart;
  size_t scanned_ = 0;                                 // bytes that were looked at
  size_t first_line_bytes_ = absl::string_view::npos;  // once it has a second line
  uint64_t lines_ = 1;
  bool passing_ = false;  // over the rest of a line that is too long
  uint64_t line_ = 1;
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
