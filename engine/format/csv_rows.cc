#include "engine/format/csv_rows.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace spoor {

void RowSplitter::StartRow() {
  at_ = At::kFieldStart;
  scanned_ = 0;
  first_line_bytes_ = absl::string_view::npos;
  lines_ = 1;
}

// Of the quoted bytes [begin, end).
void RowSplitter::CountLines(absl::string_view row, size_t begin, size_t end) {
  while (lines_ <= kMaxLines) {
    begin = row.substr(0, end).find('\n', begin);
    if (begin == absl::string_view::npos) return;
    if (lines_++ == 1) first_line_bytes_ = begin;
    ++begin;
  }
}

size_t RowSplitter::ScanRow(absl::string_view row) {
  for (; scanned_ < row.size(); ++scanned_) {
    const char c = row[scanned_];
    if (at_ == At::kQuoted) {  // most bytes of a table with polylines
      const size_t quote = std::min(row.find('"', scanned_), row.size());
      CountLines(row, scanned_, quote);
      scanned_ = quote;
      if (quote == row.size() || lines_ > kMaxLines) break;
      at_ = At::kQuoteInQuoted;
    } else if (c == '\n') {
      return scanned_;
    } else if (c == '"' && at_ != At::kField) {
      at_ = At::kQuoted;
    } else {
      at_ = IsDelimiter(c) ? At::kFieldStart : At::kField;
    }
  }
  return absl::string_view::npos;
}

size_t RowSplitter::PassLine(absl::string_view text) {
  const size_t end = text.find('\n');
  if (end == absl::string_view::npos) return text.size();
  passing_ = false;
  ++line_;
  return end + 1;
}

size_t RowSplitter::EndRow(absl::string_view row, bool cut, const Sink& sink) {
  const bool blank = absl::StripAsciiWhitespace(row).empty();
  const Row whole{.bytes = row, .line = line_, .lines = lines_, .open_quote = cut};
  if (!blank && !sink(whole) && lines_ > 1) return GiveUp(row, sink);
  line_ += lines_;
  StartRow();
  return row.size() + 1;
}

size_t RowSplitter::GiveUp(absl::string_view text, const Sink& sink) {
  const bool one_line = lines_ == 1;
  const size_t bytes = one_line ? max_bytes_ : first_line_bytes_;
  sink({.bytes = text.substr(0, bytes),
        .line = line_,
        .too_long = one_line,
        .open_quote = !one_line});
  passing_ = one_line;
  line_ += one_line ? 0 : 1;
  StartRow();
  return one_line ? bytes : bytes + 1;
}

size_t RowSplitter::TakeRows(absl::string_view text, const Sink& sink) {
  size_t done = 0;
  while (done < text.size()) {
    const absl::string_view rest = text.substr(done);
    if (passing_) {
      done += PassLine(rest);
      continue;
    }
    const size_t end = ScanRow(rest.substr(0, max_bytes_ + 1));
    if (end != absl::string_view::npos) {
      done += EndRow(rest.substr(0, end), false, sink);
    } else if (rest.size() > max_bytes_ || lines_ > kMaxLines) {
      done += GiveUp(rest, sink);
    } else {
      break;
    }
  }
  return done;
}

void RowSplitter::Feed(absl::string_view bytes, const Sink& sink) {
  if (pending_.empty()) {
    const size_t done = TakeRows(bytes, sink);
    pending_.assign(bytes.data() + done, bytes.size() - done);
  } else {
    pending_.append(bytes.data(), bytes.size());
    pending_.erase(0, TakeRows(pending_, sink));
  }
}

void RowSplitter::Finish(const Sink& sink) {
  while (!pending_.empty()) {
    pending_.erase(0, TakeRows(pending_, sink));
    if (pending_.empty()) break;
    const bool cut = at_ == At::kQuoted;
    const size_t done = cut && lines_ > 1 ? GiveUp(pending_, sink) : EndRow(pending_, cut, sink);
    pending_.erase(0, done);
  }
}

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
