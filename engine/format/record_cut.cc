#include "engine/format/record_cut.h"

#include "absl/strings/match.h"
#include "engine/format/csv_rows.h"

namespace spoor {
namespace {

constexpr size_t kLongestRow = size_t{1} << 40;  // the reader minds it
constexpr size_t kMostColumns = 10'000;

// Calls visit(length) for the begin of a table up to each end of a row, by the rules of the reader,
// so that a stray quote costs a line here too.
template <typename Visit>
void VisitRows(absl::string_view table, Visit visit) {
  RowSplitter rows(kLongestRow);
  RowFields fields;
  rows.Feed(table, [&](const RowSplitter::Row& row) {
    const bool split = fields.Split(row.bytes, GuessDelimiter(row.bytes), kMostColumns);
    if (!split && row.lines > 1) return false;
    visit(static_cast<size_t>(row.bytes.data() - table.data()) + row.bytes.size() + 1);
    return true;
  });
}

size_t WholeRows(absl::string_view table) {
  size_t whole = 0;
  VisitRows(table, [&whole](size_t length) { whole = length; });
  return whole;
}

}  // namespace

size_t FirstRow(absl::string_view table) {
  size_t first = 0;
  VisitRows(table, [&first](size_t length) { first = first == 0 ? length : first; });
  return first == 0 ? table.size() : first;
}

RecordCut RecordCutOf(const FormatEntry& format, absl::string_view head,
                      const ReadOptions& options) {
  if (format.unit(head, options) != RecordUnit::kTrip) return RecordCut::kNowhere;
  const bool by_lines =
      format.cut == RecordCut::kSeparator && !absl::StrContains(head, kSeparatorByte);
  return by_lines ? RecordCut::kLine : format.cut;
}

RecordCut RecordCutOf(absl::string_view format, absl::string_view head,
                      const ReadOptions& options) {
  const auto entry = FindFormat(format);
  return entry.ok() ? RecordCutOf(**entry, head, options) : RecordCut::kNowhere;
}

size_t WholeRecords(absl::string_view text, RecordCut cut) {
  switch (cut) {
    case RecordCut::kLine:
      return text.rfind('\n') + 1;  // npos + 1 == 0
    case RecordCut::kSeparator: {
      const size_t at = text.rfind(kSeparatorByte);
      return at == absl::string_view::npos ? 0 : at;
    }
    case RecordCut::kRow:
      return WholeRows(text);
    case RecordCut::kNowhere:
      return 0;
  }
  return 0;
}

}  // namespace spoor
