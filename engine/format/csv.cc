#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/format/csv_columns.h"
#include "engine/format/csv_rows.h"
#include "engine/format/json_record.h"
#include "engine/format/make_readers.h"
#include "engine/format/splitter.h"
#include "engine/format/time_text.h"

namespace spoor {
namespace {

// 64-bit hashes of ids, about 16 bytes each.
constexpr size_t kMaxIdsOfATable = size_t{1} << 24;
constexpr size_t kMaxColumns = 10'000;

bool IsNumber(absl::string_view cell) {
  double ignored = 0;
  return absl::SimpleAtod(cell, &ignored);
}

// The cell in units of the axis, or kOutOfRange.  Takes more than JSON's numbers: "+1", ".5".
int64_t CellUnits(absl::string_view cell, const Axis& axis) {
  Decimal number;
  const char* const end = cell.data() + cell.size();
  if (ScanDecimal(cell.data(), end, number) == end) return ToUnits(number, axis);
  return ToUnitsByDouble(cell, axis);
}

int64_t CellTime(absl::string_view cell) {
  const int64_t time_ms = CellUnits(cell, kTimeAxis);
  if (time_ms != kOutOfRange || IsNumber(cell)) return time_ms;
  return ParseTimeText(cell, NoZone::kUtc);
}

// A table with a header row (RFC 4180), in one of two shapes.
//
// A trip a row: a column holds the line as JSON, [[lon, lat], …].  A fix a row: rows of one id that
// follow each other are a trip.  Rows of an id that comes back later are rejected, because the trip
// that they belong to is already out.  Of such a trip the row that is wrong is named; a row that
// cannot be taken apart, so that its id is unknown, is rejected alone.
class CsvReader : public Reader {
 public:
  CsvReader(const ReadOptions& options, CsvMapping mapping)
      : options_(options),
        mapping_(std::move(mapping)),
        rows_(options.max_record_bytes),
        draft_(options_, 0) {}

  absl::Status Feed(absl::string_view bytes, const RecordSink& sink) override {
    if (status_.ok()) {
      rows_.Feed(skip_bom_(bytes), [&](const auto& row) { TakeRow(row, sink); });
    }
    return status_;
  }
  absl::Status Finish(const RecordSink& sink) override {
    if (status_.ok()) {
      rows_.Finish([&](const auto& row) { TakeRow(row, sink); });
      if (status_.ok()) EndTrip(sink);
    }
    return status_;
  }

 private:
  // A cell without the blanks around it; empty when there is no such column.
  absl::string_view Cell(int column) const {
    if (column == CsvColumns::kNone) return {};
    return absl::StripAsciiWhitespace(fields_.fields()[static_cast<size_t>(column)]);
  }
  const std::string& Name(int column) const { return columns_.names[static_cast<size_t>(column)]; }
  FieldNames Names() const {
    return {.id = Name(columns_.id),
            .fixes = Name(columns_.has_polyline() ? columns_.polyline : columns_.lat)};
  }

  void Fail(uint64_t line, FieldError error, const RecordSink& sink);
  void TakeRow(const RowSplitter::Row& row, const RecordSink& sink);
  std::string SplitRow(const RowSplitter::Row& row);
  void TakeHeader(const RowSplitter::Row& row, const RecordSink& sink);
  void TakeData(const RowSplitter::Row& row, const RecordSink& sink);

  void Reject(uint64_t line, int column, absl::string_view allowed);
  void ReadAttributes(uint64_t line);

  void TakeTrip(uint64_t line);
  void ReadPolyline(uint64_t line);
  void SpreadTimes(uint64_t line);

  void TakeFix(uint64_t line, const RecordSink& sink);
  void StartTrip(uint64_t line, const RecordSink& sink);
  void CheckAttributes(uint64_t line);
  void AddFix(uint64_t line);
  bool ReadAxis(uint64_t line, int column, const Axis& axis, int64_t& units);
  bool ReadTime(uint64_t line, Fix& fix);
  bool CheckTime(uint64_t line, const Fix& fix);
  void EndTrip(const RecordSink& sink);

  const ReadOptions options_;
  const CsvMapping mapping_;
  BomSkipper skip_bom_;
  RowSplitter rows_;
  char delimiter_ = ',';
  bool has_columns_ = false;
  CsvColumns columns_;
  RowFields fields_;  // of the current row
  absl::Status status_;

  RecordDraft draft_;  // the trip being built
  bool in_trip_ = false;
  std::string trip_id_, trip_object_;  // as the trip's first row has them
  std::vector<std::string> trip_tags_;
  absl::flat_hash_set<uint64_t> ids_seen_;
};

void CsvReader::Fail(uint64_t line, FieldError error, const RecordSink& sink) {
  status_ = ErrorStatus(error);
  sink(RejectedRecord(line, std::move(error)));
}

void CsvReader::TakeRow(const RowSplitter::Row& row, const RecordSink& sink) {
  if (!status_.ok()) return;
  if (has_columns_) return TakeData(row, sink);
  TakeHeader(row, sink);
  if (has_columns_ && !columns_.has_header) TakeData(row, sink);
}

// Takes the row apart into fields_; says what a row should be like when that fails.
std::string CsvReader::SplitRow(const RowSplitter::Row& row) {
  if (row.too_long) return TooLong(row.bytes, options_).allowed;
  if (row.cut) return "quotes that are closed before the end";
  const size_t columns = has_columns_ ? columns_.names.size() : kMaxColumns;
  if (!fields_.Split(row.bytes, delimiter_, columns)) {
    return "a delimiter behind a closing quote, quotes inside quotes doubled";
  }
  if (!has_columns_ && fields_.fields().size() > columns) {
    return absl::StrCat("at most ", columns, " columns");
  }
  if (has_columns_ && fields_.fields().size() != columns) {
    return absl::StrCat(columns, " columns, as in the first row");
  }
  return "";
}

void CsvReader::TakeHeader(const RowSplitter::Row& row, const RecordSink& sink) {
  delimiter_ = GuessDelimiter(row.bytes);
  rows_.set_delimiter(delimiter_);
  FieldError error{.field = "", .value = "", .allowed = SplitRow(row)};
  if (!error.allowed.empty()) {
    error.value = Shown(row.bytes);
    return Fail(row.line, std::move(error), sink);
  }
  has_columns_ = FindColumns(mapping_, fields_.fields(), columns_, error);
  if (!has_columns_) Fail(row.line, std::move(error), sink);
}

void CsvReader::TakeData(const RowSplitter::Row& row, const RecordSink& sink) {
  if (std::string allowed = SplitRow(row); !allowed.empty()) {
    return sink(RejectedRecord(
        row.line, {.field = "", .value = Shown(row.bytes), .allowed = std::move(allowed)}));
  }
  if (columns_.has_polyline()) {
    TakeTrip(row.line);
    sink(draft_.Finish(Names()));
  } else {
    TakeFix(row.line, sink);
  }
}

void CsvReader::Reject(uint64_t line, int column, absl::string_view allowed) {
  if (draft_.rejected()) return;
  draft_.set_line(line);
  draft_.Reject(Name(column), CellAsJson(Cell(column)), allowed);
}

// Id, object and tags of a trip, from the current row.
void CsvReader::ReadAttributes(uint64_t line) {
  if (IsValidName(Cell(columns_.id))) {
    draft_.trip.id = TrajectoryId(std::string(Cell(columns_.id)));
  } else {
    Reject(line, columns_.id, kNameAllowed);
  }
  draft_.trip.object = std::string(Cell(columns_.object));
  if (!draft_.trip.object.empty() && !IsValidName(draft_.trip.object)) {
    Reject(line, columns_.object, kNameAllowed);
  }
  for (const auto& [tag, column] : columns_.tags) {
    const absl::string_view text = Cell(column);
    if (text.size() > kMaxTagBytes || !IsUtf8(text)) {
      Reject(line, column, "at most 1024 bytes of UTF-8");
    }
    if (!text.empty()) draft_.trip.tags.emplace_back(tag, text);
  }
}

void CsvReader::TakeTrip(uint64_t line) {
  draft_.set_line(line);
  ReadAttributes(line);
  if (columns_.missing != CsvColumns::kNone && Cell(columns_.missing) == "True") {
    Reject(line, columns_.missing, "False, as times cannot be told where fixes are missing");
  }
  ReadPolyline(line);
  if (columns_.time != CsvColumns::kNone && !draft_.rejected()) SpreadTimes(line);
}

void CsvReader::ReadPolyline(uint64_t line) {
  const absl::string_view text = Cell(columns_.polyline);
  if (text.empty()) return Reject(line, columns_.polyline, kFixesAllowed);
  JsonCursor in(text);
  ReadCoords(in, Name(columns_.polyline), ThirdNumber::kTime, draft_);
  if (!in.AtEnd()) {
    draft_.RejectMalformed(Name(columns_.polyline), text, in.offset(), kFixesAllowed);
  }
}

// The time in the row is that of the first fix; the others follow in equal steps.
void CsvReader::SpreadTimes(uint64_t line) {
  std::vector<Fix>& fixes = draft_.trip.fixes;
  const int64_t start_ms = CellTime(Cell(columns_.time));
  const int64_t step_ms = int64_t{1000} * columns_.step_s;
  const auto steps = static_cast<int64_t>(fixes.size()) - 1;
  if (start_ms == kOutOfRange || start_ms + steps * step_ms > kMaxTimeS * 1000) {
    return Reject(line, columns_.time, kTimeTextAllowed);
  }
  for (size_t i = 0; i < fixes.size(); ++i) {
    fixes[i].time_ms = start_ms + static_cast<int64_t>(i) * step_ms;
  }
}

void CsvReader::TakeFix(uint64_t line, const RecordSink& sink) {
  if (!in_trip_ || Cell(columns_.id) != trip_id_) {
    EndTrip(sink);
    StartTrip(line, sink);
  } else {
    CheckAttributes(line);
  }
  if (in_trip_ && !draft_.rejected()) AddFix(line);
}

void CsvReader::StartTrip(uint64_t line, const RecordSink& sink) {
  if (ids_seen_.size() == kMaxIdsOfATable) {
    return Fail(line,
                {.field = Name(columns_.id),
                 .value = Shown(CellAsJson(Cell(columns_.id))),
                 .allowed = absl::StrCat("at most ", kMaxIdsOfATable, " ids in one table")},
                sink);
  }
  in_trip_ = true;
  draft_.set_line(line);
  trip_id_ = std::string(Cell(columns_.id));
  trip_object_ = std::string(Cell(columns_.object));
  trip_tags_.clear();
  for (const auto& tag : columns_.tags) trip_tags_.emplace_back(Cell(tag.second));
  ReadAttributes(line);
  if (!ids_seen_.insert(absl::HashOf(absl::string_view(trip_id_))).second) {
    Reject(line, columns_.id,
           "rows of one id must be contiguous, and other ids came since the first of this one");
  }
}

// What is said of the trip must be the same in all its rows.
void CsvReader::CheckAttributes(uint64_t line) {
  const auto check = [&](int column, const std::string& first) {
    if (Cell(column) == first) return;
    Reject(line, column,
           absl::StrCat(Shown(CellAsJson(first)), ", as in the first row of this id"));
  };
  check(columns_.object, trip_object_);
  for (size_t i = 0; i < trip_tags_.size(); ++i) check(columns_.tags[i].second, trip_tags_[i]);
}

void CsvReader::AddFix(uint64_t line) {
  if (draft_.trip.fixes.size() == options_.max_fixes) {
    return Reject(line, columns_.lat, FixCountAllowed(options_));
  }
  int64_t lat = 0, lon = 0;
  Fix fix;
  if (!ReadAxis(line, columns_.lat, kLatAxis, lat)) return;
  if (!ReadAxis(line, columns_.lon, kLonAxis, lon)) return;
  if (lat == kOutOfRange || lon == kOutOfRange) {
    fix = RecordDraft::OutOfRange();
  } else {
    fix = {.lat_e7 = static_cast<int32_t>(lat), .lon_e7 = static_cast<int32_t>(lon)};
  }
  if (ReadTime(line, fix) && CheckTime(line, fix)) draft_.trip.fixes.push_back(fix);
}

bool CsvReader::ReadAxis(uint64_t line, int column, const Axis& axis, int64_t& units) {
  const absl::string_view cell = Cell(column);
  units = CellUnits(cell, axis);
  if (units != kOutOfRange || (options_.clean && IsNumber(cell))) return true;
  Reject(line, column, axis.allowed);
  return false;
}

bool CsvReader::ReadTime(uint64_t line, Fix& fix) {
  const absl::string_view cell = Cell(columns_.time);
  if (cell.empty()) return true;
  fix.time_ms = CellTime(cell);
  if (fix.time_ms != kOutOfRange) return true;
  if (options_.clean && IsNumber(cell)) {
    fix = RecordDraft::OutOfRange();
    fix.time_ms = 0;  // it has a time, if a wrong one, and will be dropped
    return true;
  }
  Reject(line, columns_.time, kTimeTextAllowed);
  return false;
}

bool CsvReader::CheckTime(uint64_t line, const Fix& fix) {
  if (draft_.trip.fixes.empty()) return true;
  const Fix& before = draft_.trip.fixes.back();
  if (fix.has_time() != before.has_time()) {
    Reject(line, columns_.time, "a time in all rows of an id or in none");
    return false;
  }
  if (fix.time_ms >= before.time_ms || options_.clean) return true;
  Reject(line, columns_.time,
         absl::StrCat("at least ", ShownSeconds(before.time_ms), ", the time of the row before"));
  return false;
}

void CsvReader::EndTrip(const RecordSink& sink) {
  if (in_trip_) sink(draft_.Finish(Names()));
  in_trip_ = false;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> MakeCsvReader(const ReadOptions& options) {
  absl::StatusOr<CsvMapping> mapping = MappingFromOptions(options);
  if (!mapping.ok()) return mapping.status();
  return std::make_unique<CsvReader>(options, *std::move(mapping));
}

}  // namespace spoor
