#include "engine/format/csv_rows.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace spoor {

size_t RowSplitter::ScanToEnd(absl::string_view bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (at_ == At::kQuoted) {  // most bytes of a table with polylines
      const size_t quote = bytes.find('"', i);
      const auto inside = bytes.substr(i, quote - i);
      next_line_ += static_cast<uint64_t>(std::ranges::count(inside, '\n'));
      if (quote == absl::string_view::npos) break;
      at_ = At::kQuoteInQuoted;
      i = quote;
    } else if (c == '\n') {
      ++next_line_;
      at_ = At::kFieldStart;
      return i + 1;
    } else if (c == '"' && at_ != At::kField) {
      at_ = At::kQuoted;
    } else {
      at_ = IsDelimiter(c) ? At::kFieldStart : At::kField;
    }
  }
  return absl::string_view::npos;
}

void RowSplitter::Append(absl::string_view bytes) {
  const size_t room = max_bytes_ - pending_.size();
  too_long_ = too_long_ || bytes.size() > room;
  pending_.append(bytes.data(), std::min(room, bytes.size()));
}

void RowSplitter::EndRow(absl::string_view bytes, bool cut, const Sink& sink) {
  if (!pending_.empty() || too_long_ || bytes.size() > max_bytes_) {
    Append(bytes);
    bytes = pending_;
  }
  if (!absl::StripAsciiWhitespace(bytes).empty() || too_long_) {
    sink({.bytes = bytes, .line = line_, .too_long = too_long_, .cut = cut});
  }
  pending_.clear();
  too_long_ = false;
  line_ = next_line_;
}

void RowSplitter::Feed(absl::string_view bytes, const Sink& sink) {
  while (true) {
    const size_t end = ScanToEnd(bytes);
    if (end == absl::string_view::npos) break;
    EndRow(bytes.substr(0, end - 1), false, sink);
    bytes.remove_prefix(end);
  }
  Append(bytes);
}

void RowSplitter::Finish(const Sink& sink) { EndRow({}, at_ == At::kQuoted, sink); }

size_t RowFields::Unquote(absl::string_view row, size_t begin) {
  size_t i = begin + 1;
  while (i < row.size()) {
    const size_t quote = std::min(row.find('"', i), row.size());
    unquoted_.append(row.data() + i, quote - i);
    i = quote + 1;
    if (i >= row.size() || row[i] != '"') break;
    unquoted_.push_back('"');
    ++i;
  }
  return std::min(i, row.size());
}

bool RowFields::Split(absl::string_view row, char delimiter, size_t max_fields) {
  if (!row.empty() && row.back() == '\r') row.remove_suffix(1);
  fields_.clear();
  unquoted_.clear();
  unquoted_.reserve(row.size());
  size_t i = 0;
  while (true) {
    size_t end = 0;
    if (i < row.size() && row[i] == '"') {
      const size_t begin = unquoted_.size();
      end = Unquote(row, i);
      fields_.push_back(absl::string_view(unquoted_).substr(begin));
      if (end < row.size() && row[end] != delimiter) return false;
    } else {
      end = std::min(row.find(delimiter, i), row.size());
      fields_.push_back(row.substr(i, end - i));
    }
    if (end == row.size() || fields_.size() > max_fields) return true;
    i = end + 1;
  }
}

char GuessDelimiter(absl::string_view row) {
  size_t counts[kDelimiters.size()] = {};
  bool quoted = false;
  for (const char c : row) {
    if (c == '"') quoted = !quoted;
    const size_t which = kDelimiters.find(c);
    if (!quoted && which != absl::string_view::npos) ++counts[which];
  }
  return kDelimiters[static_cast<size_t>(std::ranges::max_element(counts) - counts)];
}

}  // namespace spoor
