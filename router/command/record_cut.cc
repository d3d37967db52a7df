#include "router/command/record_cut.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace spoor {
namespace {

constexpr char kSeparatorByte = '\x1e';

// Calls visit(length) for the begin of a table up to each line break outside quotes, until it
// returns false.
template <typename Visit>
void VisitRows(absl::string_view table, Visit visit) {
  bool quoted = false;  // a quote written twice ends and begins the quotes again
  for (size_t i = 0; i < table.size(); ++i) {
    if (table[i] == '"') quoted = !quoted;
    if (table[i] == '\n' && !quoted && !visit(i + 1)) return;
  }
}

size_t WholeRows(absl::string_view table) {
  size_t whole = 0;
  VisitRows(table, [&whole](size_t length) {
    whole = length;
    return true;
  });
  return whole;
}

}  // namespace

size_t FirstRow(absl::string_view table) {
  size_t first = table.size();
  VisitRows(table, [&first](size_t length) {
    first = length;
    return false;
  });
  return first;
}

bool AreNumbered(const std::map<std::string, std::string>& columns) {
  return !columns.empty() && std::all_of(columns.begin(), columns.end(), [](const auto& column) {
    return std::all_of(column.second.begin(), column.second.end(), absl::ascii_isdigit);
  });
}

RecordCut RecordCutOf(absl::string_view format, absl::string_view head, absl::string_view preset,
                      const std::map<std::string, std::string>& columns) {
  if (format == "ndjson") return RecordCut::kLine;
  if (format == "geojson-seq") {
    return absl::StrContains(head, kSeparatorByte) ? RecordCut::kSeparator : RecordCut::kLine;
  }
  if (format != "csv") return RecordCut::kNowhere;
  // A row is a record only where it holds the whole line.
  const absl::string_view names = head.substr(0, head.find('\n'));
  const bool row_each =
      columns.count("polyline") > 0 || preset == "porto" ||
      (columns.empty() && absl::StrContains(absl::AsciiStrToLower(names), "polyline"));
  return row_each ? RecordCut::kRow : RecordCut::kNowhere;
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
