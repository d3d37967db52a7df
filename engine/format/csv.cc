#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/format/coordinate_hint.h"
#include "engine/format/csv_cells.h"
#include "engine/format/csv_columns.h"
#include "engine/format/csv_guess.h"
#include "engine/format/csv_rows.h"
#include "engine/format/csv_trips.h"
#include "engine/format/json_record.h"
#include "engine/format/make_readers.h"
#include "engine/format/record_cut.h"
#include "engine/format/splitter.h"

namespace spoor {
namespace {

constexpr size_t kMaxIdsOfATable = size_t{1} << 24;
constexpr size_t kMaxColumns = 10'000;
constexpr char kIdJoint = '/';
constexpr absl::string_view kUnknownId =
    "rows whose ids can be read: this one may be of the trip before it or behind it";

// A table with a header row (RFC 4180), in one of two shapes.
//
// A trip a row: a column holds the line as JSON, [[lon, lat], …].  A row that is wrong is a trip
// that is rejected.
//
// A fix a row: TripHold makes trips of them.  A trip is given out whole or not at all, so one row
// that is wrong rejects its trip.  Where a row's id cannot be told, the trips of the rows before
// and behind it are rejected with it, unless ids come in turn, when it may be of any.  Rows without
// anything in them, and those that repeat the header, are left out.
class CsvReader : public Reader {
 public:
  CsvReader(const ReadOptions& options, CsvMapping mapping)
      : options_(InZone(options, mapping.zone)),
        mapping_(std::move(mapping)),
        rows_(options.max_record_bytes),
        line_draft_(options_, 0) {}

  absl::Status Feed(absl::string_view bytes, const RecordSink& sink) override {
    if (status_.ok()) {
      rows_.Feed(skip_bom_(bytes), [&](const auto& row) { return TakeRow(row, sink); });
    }
    return status_;
  }
  absl::Status Finish(const RecordSink& sink) override {
    if (status_.ok()) {
      rows_.Finish([&](const auto& row) { return TakeRow(row, sink); });
      if (status_.ok() && trips_) trips_->Finish(sink);
    }
    return status_;
  }
  const TableLayout* layout() const override { return has_columns_ ? &layout_ : nullptr; }

 private:
  // A row of which no trip is known, until the next row tells of one.
  struct Stray {
    uint64_t line = 0;
    std::string text;
  };

  // A cell without the blanks around it; empty when there is no such column.
  absl::string_view Cell(int column) const {
    if (column == CsvColumns::kNone) return {};
    return absl::StripAsciiWhitespace(fields_.fields()[static_cast<size_t>(column)]);
  }
  // Two cells as one, in `joined` where there are two.
  absl::string_view Cells(int column, int rest, char joint, std::string& joined) const;
  absl::string_view IdCell();
  absl::string_view TimeCell();
  const std::string& Name(int column) const { return columns_.names[static_cast<size_t>(column)]; }
  FieldNames Names() const {
    return {.id = columns_.id == CsvColumns::kNone ? "id" : absl::string_view(Name(columns_.id)),
            .fixes = Name(columns_.has_polyline() ? columns_.polyline : columns_.lat)};
  }
  RecordDraft& draft() { return trip_ == nullptr ? line_draft_ : trip_->draft; }

  void Fail(uint64_t line, FieldError error, const RecordSink& sink);
  bool TakeRow(const RowSplitter::Row& row, const RecordSink& sink);
  std::string SplitRow(const RowSplitter::Row& row);
  bool TakeHeader(const RowSplitter::Row& row, const RecordSink& sink);
  bool TakeData(const RowSplitter::Row& row, const RecordSink& sink);
  bool IsLeftOut() const;
  bool CheckFirstRow(uint64_t line, const RecordSink& sink);

  bool ReadIdOfBroken(std::string& id) const;
  void TakeBroken(const RowSplitter::Row& row, absl::string_view allowed, const RecordSink& sink);
  void TakeStray(Stray stray, FieldError error, const RecordSink& sink);

  void Reject(uint64_t line, int column, absl::string_view allowed);
  void ReadAttributes(uint64_t line, absl::string_view id);

  void TakeTrip(uint64_t line);
  void ReadPolyline(uint64_t line);
  void SpreadTimes(uint64_t line);

  void TakeFix(const RowSplitter::Row& row, const RecordSink& sink);
  void TakeLoneFix(uint64_t line, const RecordSink& sink);
  void StartTrip(uint64_t line, absl::string_view id);
  void CheckAttributes(uint64_t line);
  void AddFix(uint64_t line);
  bool ReadAxis(uint64_t line, int column, const Axis& axis, int64_t& units);
  bool ReadTime(uint64_t line, Fix& fix);
  bool CheckTime(uint64_t line, const Fix& fix);

  const ReadOptions options_;
  const CsvMapping mapping_;
  BomSkipper skip_bom_;
  RowSplitter rows_;
  char delimiter_ = ',';
  bool has_columns_ = false, checked_first_ = false;
  CsvColumns columns_;
  TableLayout layout_;
  RowFields fields_;         // of the current row
  bool breaks_off_ = false;  // in the last of them
  std::string joined_id_, joined_time_;
  absl::Status status_;

  RecordDraft line_draft_;         // of a trip that is one row
  std::optional<TripHold> trips_;  // of a table with a fix a row
  HeldTrip* trip_ = nullptr;       // of the current row, where there is a fix a row
  std::optional<Stray> stray_;
  bool in_strays_ = false;  // the row before had no id
};

void CsvReader::Fail(uint64_t line, FieldError error, const RecordSink& sink) {
  status_ = ErrorStatus(error);
  sink(RejectedRecord(line, std::move(error)));
}

absl::string_view CsvReader::Cells(int column, int rest, char joint, std::string& joined) const {
  if (rest == CsvColumns::kNone) return Cell(column);
  joined =
      absl::StrCat(Cell(column), Cell(column).empty() ? "" : std::string(1, joint), Cell(rest));
  return joined;
}

// Empty when the row has none, or only a part of it.
absl::string_view CsvReader::IdCell() {
  if (!options_.table_id.empty()) return options_.table_id;
  if (columns_.id_rest != CsvColumns::kNone && Cell(columns_.id_rest).empty()) return {};
  if (Cell(columns_.id).empty()) return {};
  return Cells(columns_.id, columns_.id_rest, kIdJoint, joined_id_);
}

absl::string_view CsvReader::TimeCell() {
  return Cells(columns_.time, columns_.time_rest, ' ', joined_time_);
}

bool CsvReader::TakeRow(const RowSplitter::Row& row, const RecordSink& sink) {
  if (!status_.ok()) return true;
  if (has_columns_) return TakeData(row, sink);
  if (!TakeHeader(row, sink)) return false;
  return !has_columns_ || columns_.has_header || TakeData(row, sink);
}

// Takes the row apart into fields_; says what a row should be like when that fails.
std::string CsvReader::SplitRow(const RowSplitter::Row& row) {
  const size_t columns = has_columns_ ? columns_.names.size() : kMaxColumns;
  const bool split = fields_.Split(row.bytes, delimiter_, columns);
  breaks_off_ = row.too_long || row.open_quote || !split;
  if (row.too_long) return TooLong(row.bytes, options_).allowed;
  if (row.open_quote) return "quotes that are closed, a delimiter behind them";
  if (!split) return "a delimiter behind a closing quote, quotes inside quotes doubled";
  if (!has_columns_ && fields_.fields().size() > columns) {
    return absl::StrCat("at most ", columns, " columns");
  }
  if (has_columns_ && fields_.fields().size() != columns) {
    return absl::StrCat(columns, " columns, as in the first row");
  }
  return "";
}

bool CsvReader::TakeHeader(const RowSplitter::Row& row, const RecordSink& sink) {
  delimiter_ = options_.delimiter != 0 ? options_.delimiter : GuessDelimiter(row.bytes);
  rows_.set_delimiter(delimiter_);
  FieldError error{.field = "", .value = "", .allowed = SplitRow(row)};
  if (!error.allowed.empty()) {
    if (row.lines > 1) return false;
    error.value = Shown(row.bytes);
    Fail(row.line, std::move(error), sink);
    return true;
  }
  has_columns_ = FindColumns(mapping_, fields_.fields(), columns_, error);
  if (!has_columns_) {
    Fail(row.line, std::move(error), sink);
    return true;
  }
  layout_ = LayoutOf(columns_);
  if (!columns_.has_polyline() && options_.row_id_prefix.empty()) {
    trips_.emplace(options_, Names());
  }
  return true;
}

bool CsvReader::TakeData(const RowSplitter::Row& row, const RecordSink& sink) {
  if (std::string allowed = SplitRow(row); !allowed.empty()) {
    if (row.lines > 1) return false;
    TakeBroken(row, allowed, sink);
    return true;
  }
  if (IsLeftOut() || !CheckFirstRow(row.line, sink)) return true;
  if (columns_.has_polyline()) {
    TakeTrip(row.line);
    sink(line_draft_.Finish(Names()));
  } else if (trips_) {
    TakeFix(row, sink);
  } else {
    TakeLoneFix(row.line, sink);
  }
  return true;
}

// A row as spreadsheets have them below a table, or a header where tables were put together.
bool CsvReader::IsLeftOut() const {
  const auto& fields = fields_.fields();
  const auto is_blank = [](absl::string_view cell) {
    return absl::StripAsciiWhitespace(cell).empty();
  };
  if (std::ranges::all_of(fields, is_blank)) return true;
  return columns_.has_header &&
         std::ranges::equal(fields, columns_.names, {}, [](absl::string_view cell) {
           return absl::StripAsciiWhitespace(cell);
         });
}

// Times must not be lost in silence: see FindColumns, which sees the names only.
bool CsvReader::CheckFirstRow(uint64_t line, const RecordSink& sink) {
  if (std::exchange(checked_first_, true) || columns_.has_polyline() || columns_.no_time ||
      columns_.time != CsvColumns::kNone) {
    return true;
  }
  for (const int column : columns_.left) {
    if (!LooksLikeTime(Cell(column))) continue;
    Fail(line, UnmappedTime(Name(column)), sink);
    return false;
  }
  return true;
}

// Whether the id of a row that cannot be taken apart is certain: up to a bad quote the cells are
// what they should be; where there are too few or too many, the first one is, and so is one that
// agrees with the row before.
bool CsvReader::ReadIdOfBroken(std::string& id) const {
  if (!options_.table_id.empty()) {
    id = options_.table_id;
    return true;
  }
  if (columns_.id_rest != CsvColumns::kNone) return false;
  const auto at = static_cast<size_t>(columns_.id);
  const auto& fields = fields_.fields();
  if (at + (breaks_off_ ? 1 : 0) >= fields.size() || Cell(columns_.id).empty()) return false;
  id = std::string(Cell(columns_.id));
  return breaks_off_ || at == 0 || (trip_ != nullptr && trip_->id == id);
}

void CsvReader::TakeBroken(const RowSplitter::Row& row, absl::string_view allowed,
                           const RecordSink& sink) {
  std::string id;
  in_strays_ = false;
  trip_ = trips_ ? trips_->last() : nullptr;
  if (!trips_ || !ReadIdOfBroken(id)) {
    return TakeStray({.line = row.line, .text = Shown(row.bytes)},
                     {.field = "", .value = Shown(row.bytes), .allowed = std::string(allowed)},
                     sink);
  }
  trip_ = trips_->TripOf(id, row.line, sink);
  if (trip_ == nullptr) return;
  if (trip_->id.empty()) {
    trip_->id = id;
    if (IsValidName(id)) trip_->draft.trip.id = TrajectoryId(id);
  }
  stray_.reset();  // this trip, the one behind it, is lost in any case
  trip_->Reject(row.line, "", row.bytes, allowed);
  trips_->MakeRoom(sink);
}

// Told once for a run of rows without ids.
void CsvReader::TakeStray(Stray stray, FieldError error, const RecordSink& sink) {
  if (!std::exchange(in_strays_, true)) sink(RejectedRecord(stray.line, std::move(error)));
  if (!trips_ || trips_->in_turn()) return;
  if (trips_->last() != nullptr) trips_->last()->Reject(stray.line, "", stray.text, kUnknownId);
  stray_ = std::move(stray);
}

void CsvReader::Reject(uint64_t line, int column, absl::string_view allowed) {
  const std::string name = column == CsvColumns::kNone ? "id" : Name(column);
  const std::string value = column == columns_.time && column != CsvColumns::kNone
                                ? CellAsJson(TimeCell())
                                : CellAsJson(Cell(column));
  if (trip_ != nullptr) return trip_->Reject(line, name, value, allowed);
  if (draft().rejected()) return;
  draft().set_line(line);
  draft().Reject(name, value, allowed);
}

// Id, object and tags of a trip, from the current row.
void CsvReader::ReadAttributes(uint64_t line, absl::string_view id) {
  Trajectory& trip = draft().trip;
  const bool torn = columns_.id_rest != CsvColumns::kNone && std::ranges::count(id, kIdJoint) > 1;
  if (torn) Reject(line, columns_.id, "a text without '/', which stands between its two columns");
  if (IsValidName(id)) {
    trip.id = TrajectoryId(std::string(id));
  } else {
    Reject(line, columns_.id, kNameAllowed);
  }
  trip.object = std::string(Cell(columns_.object));
  if (!trip.object.empty() && !IsValidName(trip.object)) {
    Reject(line, columns_.object, kNameAllowed);
  }
  for (const auto& [tag, column] : columns_.tags) {
    const absl::string_view text = Cell(column);
    if (text.size() > kMaxTagBytes || !IsUtf8(text)) {
      Reject(line, column, "at most 1024 bytes of UTF-8");
    }
    if (!text.empty()) trip.tags.emplace_back(tag, text);
  }
  const absl::string_view tags = Cell(columns_.tags_json);
  if (trip_ == nullptr) draft().set_line(line);
  if (!tags.empty()) ReadTagsText(tags, Name(columns_.tags_json), draft());
}

void CsvReader::TakeTrip(uint64_t line) {
  draft().set_line(line);
  const std::string row_id = absl::StrCat(options_.row_id_prefix, line);
  ReadAttributes(line, options_.row_id_prefix.empty() ? IdCell() : row_id);
  if (columns_.missing != CsvColumns::kNone && Cell(columns_.missing) == "True") {
    Reject(line, columns_.missing, "False, as times cannot be told where fixes are missing");
  }
  ReadPolyline(line);
  if (columns_.time != CsvColumns::kNone && !draft().rejected()) SpreadTimes(line);
}

void CsvReader::ReadPolyline(uint64_t line) {
  const absl::string_view text = Cell(columns_.polyline);
  if (text.empty()) return Reject(line, columns_.polyline, kFixesAllowed);
  JsonCursor in(text);
  ReadCoords(in, Name(columns_.polyline), ThirdNumber::kTime, draft());
  if (!in.AtEnd()) {
    draft().RejectMalformed(Name(columns_.polyline), text, in.offset(), kFixesAllowed);
  }
}

// The time in the row is that of the first fix; the others follow in equal steps.
void CsvReader::SpreadTimes(uint64_t line) {
  std::vector<Fix>& fixes = draft().trip.fixes;
  const int64_t start_ms = CellTime(TimeCell(), options_);
  const int64_t step_ms = int64_t{1000} * columns_.step_s;
  const auto steps = static_cast<int64_t>(fixes.size()) - 1;
  if (start_ms == kOutOfRange ||
      start_ms + steps * step_ms > static_cast<int64_t>(kMaxTimeS) * 1000) {
    return Reject(line, columns_.time, CellTimeAllowed(options_));
  }
  for (size_t i = 0; i < fixes.size(); ++i) {
    fixes[i].time_ms = start_ms + static_cast<int64_t>(i) * step_ms;
  }
}

void CsvReader::TakeFix(const RowSplitter::Row& row, const RecordSink& sink) {
  const absl::string_view id = IdCell();
  if (id.empty()) {
    return TakeStray({.line = row.line, .text = Shown(row.bytes)},
                     {.field = std::string(Names().id),
                      .value = Shown(CellAsJson(Cell(columns_.id))),
                      .allowed = std::string(kNameAllowed)},
                     sink);
  }
  in_strays_ = false;
  const std::optional<Stray> stray = std::exchange(stray_, std::nullopt);
  trip_ = trips_->TripOf(id, row.line, sink);
  if (trip_ == nullptr) return;
  if (trips_->ids() > kMaxIdsOfATable) {
    return Fail(row.line,
                {.field = std::string(Names().id),
                 .value = Shown(CellAsJson(id)),
                 .allowed = absl::StrCat("at most ", kMaxIdsOfATable, " ids in one table")},
                sink);
  }
  if (trip_->id.empty()) {
    StartTrip(row.line, id);
  } else {
    CheckAttributes(row.line);
  }
  if (stray) trip_->Reject(stray->line, "", stray->text, kUnknownId);
  if (!trip_->draft.rejected()) AddFix(row.line);
  trips_->MakeRoom(sink);
}

void CsvReader::TakeLoneFix(uint64_t line, const RecordSink& sink) {
  line_draft_.set_line(line);
  ReadAttributes(line, absl::StrCat(options_.row_id_prefix, line));
  if (!line_draft_.rejected()) AddFix(line);
  sink(line_draft_.Finish(Names()));
}

void CsvReader::StartTrip(uint64_t line, absl::string_view id) {
  trip_->id = std::string(id);
  trip_->said.emplace_back(Cell(columns_.object));
  for (const auto& tag : columns_.tags) trip_->said.emplace_back(Cell(tag.second));
  trip_->said.emplace_back(Cell(columns_.tags_json));
  ReadAttributes(line, id);
}

// What is said of the trip must be the same in all its rows.
void CsvReader::CheckAttributes(uint64_t line) {
  if (trip_->said.empty()) return;  // its first row was broken
  const auto check = [&](int column, const std::string& first) {
    if (Cell(column) == first) return;
    Reject(line, column,
           absl::StrCat(Shown(CellAsJson(first)), ", as in the first row of this id"));
  };
  check(columns_.object, trip_->said[0]);
  for (size_t i = 0; i < columns_.tags.size(); ++i) {
    check(columns_.tags[i].second, trip_->said[i + 1]);
  }
  check(columns_.tags_json, trip_->said.back());
}

void CsvReader::AddFix(uint64_t line) {
  if (draft().trip.fixes.size() == options_.max_fixes) {
    return Reject(line, columns_.lat, FixCountAllowed(options_));
  }
  int64_t lat = 0, lon = 0;
  if (!ReadAxis(line, columns_.lat, kLatAxis, lat)) return;
  if (!ReadAxis(line, columns_.lon, kLonAxis, lon)) return;
  Fix fix{.lat_e7 = static_cast<int32_t>(lat), .lon_e7 = static_cast<int32_t>(lon)};
  if (lat == kOutOfRange || lon == kOutOfRange) fix = RecordDraft::OutOfRange();
  if (ReadTime(line, fix) && CheckTime(line, fix)) draft().trip.fixes.push_back(fix);
}

bool CsvReader::ReadAxis(uint64_t line, int column, const Axis& axis, int64_t& units) {
  const absl::string_view cell = Cell(column);
  units = CellUnits(cell, axis, options_);
  const bool drops = options_.clean && (cell.empty() || IsNumber(cell, options_));
  if (units != kOutOfRange || drops) return true;
  Reject(
      line, column,
      absl::StrCat(axis.allowed, CoordinateHint(Cell(columns_.lat), Cell(columns_.lon), options_)));
  return false;
}

bool CsvReader::ReadTime(uint64_t line, Fix& fix) {
  const absl::string_view cell = TimeCell();
  if (cell.empty()) return true;
  fix.time_ms =
      columns_.day0_ms ? CellDays(cell, *columns_.day0_ms, options_) : CellTime(cell, options_);
  if (fix.time_ms != kOutOfRange) return true;
  if (options_.clean && IsNumber(cell, options_)) {
    fix = RecordDraft::OutOfRange();
    return true;
  }
  Reject(line, columns_.time,
         absl::StrCat(CellTimeAllowed(options_), TimeUnitHint(cell, options_)));
  return false;
}

bool CsvReader::CheckTime(uint64_t line, const Fix& fix) {
  if (draft().trip.fixes.empty() || options_.clean) return true;
  const Fix& before = draft().trip.fixes.back();
  if (fix.has_time() != before.has_time()) {
    Reject(line, columns_.time, "a time in all rows of an id or in none");
    return false;
  }
  if (fix.time_ms >= before.time_ms) return true;
  Reject(line, columns_.time,
         absl::StrCat("at least ", ShownSeconds(before.time_ms), ", the time of the row before"));
  return false;
}

absl::StatusOr<std::unique_ptr<Reader>> MakeKnownReader(const ReadOptions& options) {
  absl::StatusOr<CsvMapping> mapping = MappingFromOptions(options);
  if (!mapping.ok()) return mapping.status();
  return std::make_unique<CsvReader>(options, *std::move(mapping));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> MakeCsvReader(const ReadOptions& options) {
  absl::StatusOr<CsvMapping> mapping = MappingFromOptions(options);
  if (!mapping.ok()) return mapping.status();
  if (options.preset.empty() && !options.columns.contains("polyline")) {
    return MakeGuessingReader(options, *std::move(mapping), &MakeKnownReader);
  }
  return MakeKnownReader(options);
}

}  // namespace spoor
