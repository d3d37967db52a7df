#include "engine/format/csv_guess.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/format/csv_cells.h"
#include "engine/format/csv_rows.h"
#include "engine/format/make_readers.h"
#include "engine/format/record.h"
#include "engine/format/record_cut.h"
#include "engine/format/splitter.h"

namespace spoor {
namespace {

constexpr size_t kSampleBytes = size_t{64} << 10;
constexpr size_t kBomBytes = 3;
constexpr int64_t kSampleLines = 64;
constexpr size_t kMostGuessed = 1000;  // columns
constexpr size_t kFewestDecimals = 3;  // of degrees: 100 m
// A number below is rather an id: those of ships end at 775 999 999.
constexpr int64_t kFirstTimeMs = 946'684'800'000;   // 2000
constexpr int64_t kLastTimeMs = 4'102'444'800'000;  // 2100

// The words of a column's name: "gps_Lat[deg]" has gps, lat and deg.
std::set<std::string> WordsOf(absl::string_view name) {
  std::string spread;
  char before = ' ';
  for (const char c : name) {
    if (absl::ascii_islower(before) && absl::ascii_isupper(c)) spread += ' ';
    spread += absl::ascii_isalpha(c) ? absl::ascii_tolower(c) : ' ';
    before = c;
  }
  return absl::StrSplit(spread, ' ', absl::SkipEmpty());
}

bool HasWord(absl::string_view name, absl::string_view words) {
  const std::set<std::string> known = absl::StrSplit(words, '|');
  const std::set<std::string> of = WordsOf(name);
  return std::ranges::any_of(of, [&](const std::string& word) { return known.contains(word); });
}
constexpr absl::string_view kLatWords = "lat|latitude", kLonWords = "lon|lng|long|longitude";
constexpr absl::string_view kIdWords =
    "id|ids|uid|user|vehicle|taxi|cab|car|bus|ship|mmsi|device|driver|trip|track|animal|object";

// What the cells of a column could be; a column may be several of these.
struct ColumnKind {
  bool degrees = false;     // numbers of -180 ... 180 with fractions
  bool beyond_90 = false;   // and one that is no latitude
  bool time = false;        // as the options say, of this century
  bool other_time = false;  // in a form or a unit that nobody has said
  bool repeats = false;     // fewer values than rows, and no mere yes or no
};

size_t DecimalsOf(absl::string_view cell, const ReadOptions& options) {
  const size_t point = cell.find(options.decimal_comma ? ',' : '.');
  return point == absl::string_view::npos ? 0 : cell.size() - point - 1;
}

bool IsTimeOfNow(int64_t time_ms) { return time_ms >= kFirstTimeMs && time_ms < kLastTimeMs; }

bool IsOtherTime(absl::string_view cell, const ReadOptions& options) {
  if (!IsNumber(cell, options)) return LooksLikeTime(cell);
  for (const TimeUnit unit :
       {TimeUnit::kMilliseconds, TimeUnit::kMicroseconds, TimeUnit::kNanoseconds}) {
    if (IsTimeOfNow(CellUnits(cell, AxisOf(unit), options))) return true;
  }
  return false;
}

ColumnKind KindOf(const std::vector<absl::string_view>& cells, const ReadOptions& options) {
  ColumnKind kind{.degrees = true, .time = true, .other_time = true};
  size_t fractions = 0;
  bool is_flag = true;
  std::set<absl::string_view> values;
  for (const absl::string_view cell : cells) {
    values.insert(cell);
    kind.degrees = kind.degrees && CellUnits(cell, kLonAxis, options) != kOutOfRange;
    if (kind.degrees && CellUnits(cell, kLatAxis, options) == kOutOfRange) kind.beyond_90 = true;
    if (DecimalsOf(cell, options) >= kFewestDecimals) ++fractions;
    const bool is_time = IsTimeOfNow(CellTime(cell, options));
    kind.time = kind.time && is_time;
    kind.other_time = kind.other_time && !is_time && IsOtherTime(cell, options);
    is_flag = is_flag && (cell.size() == 1 || absl::EqualsIgnoreCase(cell, "true") ||
                          absl::EqualsIgnoreCase(cell, "false"));
  }
  if (cells.empty()) return {};
  kind.degrees = kind.degrees && 2 * fractions > cells.size();
  kind.repeats = values.size() < cells.size() && !is_flag;
  return kind;
}

// Takes one table apart.
class Guesser {
 public:
  Guesser(const TableRows& rows, const CsvMapping& known, const ReadOptions& options)
      : rows_(rows), known_(known), options_(options) {}

  ColumnGuess Guess() {
    if (rows_.size() < 2 || rows_[0].size() > kMostGuessed) return {};
    has_header_ = std::ranges::none_of(rows_[0], [this](const std::string& cell) {
      return IsNumber(cell, options_) || CellTime(cell, options_) != kOutOfRange ||
             LooksLikeTime(cell);
    });
    for (size_t i = 0; i < rows_[0].size(); ++i) {
      const bool is_named = std::ranges::count(rows_[0], rows_[0][i]) == 1 && IsName(NameOf(i));
      if (has_header_ && !is_named) used_.insert(i);  // no option could name it
      kinds_.push_back(KindOf(CellsOf(i), options_));
    }
    TakeKnown();
    if (FindPosition() && FindTime()) FindId();
    if (guess_.ambiguous) guess_.columns.clear();
    return std::move(guess_);
  }

 private:
  std::vector<absl::string_view> CellsOf(size_t column) const {
    std::vector<absl::string_view> cells;
    for (size_t r = has_header_ ? 1 : 0; r < rows_.size(); ++r) {
      const absl::string_view cell = absl::StripAsciiWhitespace(rows_[r][column]);
      if (!cell.empty()) cells.push_back(cell);
    }
    return cells;
  }
  // What the options call it.
  std::string NameOf(size_t column) const {
    return has_header_ ? std::string(absl::StripAsciiWhitespace(rows_[0][column]))
                       : absl::StrCat(column);
  }
  static bool IsName(absl::string_view name) {
    return !name.empty() && name != "-" && IsUtf8(name);
  }
  std::string NamesOf(const std::vector<size_t>& columns) const {
    return absl::StrJoin(columns, ", ", [this](std::string* out, size_t column) {
      absl::StrAppend(out, Shown(NameOf(column)));
    });
  }

  // Also by usual names, which say what their columns hold.
  void TakeKnown() {
    if (!has_header_) {
      for (const auto& [role, column] : known_.columns) Use(role, column);
      return;
    }
    CsvColumns columns;
    FieldError ignored;
    const std::vector<absl::string_view> header(rows_[0].begin(), rows_[0].end());
    FindColumns(known_, header, columns, ignored);
    const std::pair<absl::string_view, int> found[] = {
        {"id", columns.id},   {"object", columns.object}, {"lat", columns.lat},
        {"lon", columns.lon}, {"time", columns.time},     {"tags", columns.tags_json}};
    for (const auto& [role, column] : found) {
      // An index may be beyond the row: the reader refuses it.
      const auto i = static_cast<size_t>(column);
      if (column != CsvColumns::kNone && i < header.size()) Use(std::string(role), NameOf(i));
    }
    for (const auto& [role, column] : known_.columns) Use(role, column);
  }
  void Use(const std::string& role, const std::string& column) {
    guess_.columns[role] = column;
    const std::vector<std::string> parts = absl::StrSplit(column, '+');
    for (size_t i = 0; i < rows_[0].size(); ++i) {
      const std::string name = NameOf(i);
      if (name == column || std::ranges::count(parts, name) > 0) used_.insert(i);
    }
  }
  bool Has(const std::string& role) const { return guess_.columns.contains(role); }

  std::vector<size_t> Free(bool ColumnKind::* is) const {
    std::vector<size_t> found;
    for (size_t i = 0; i < kinds_.size(); ++i) {
      if (kinds_[i].*is && !used_.contains(i)) found.push_back(i);
    }
    return found;
  }
  bool Refuse(std::string field, const std::vector<size_t>& columns, absl::string_view hint) {
    guess_.ambiguous = {.field = std::move(field),
                        .value = "",
                        .allowed = absl::StrCat("one column; by their values these may be it: ",
                                                NamesOf(columns), "; ", hint)};
    return false;
  }
  bool CannotTell() {
    guess_.columns.clear();
    return false;
  }

  bool FindPosition() {
    if (Has("lat") && Has("lon")) return true;
    const std::vector<size_t> degrees = Free(&ColumnKind::degrees);
    const size_t wanted = Has("lat") || Has("lon") ? 1 : 2;
    if (degrees.size() < wanted) return CannotTell();
    if (wanted == 1) {
      if (degrees.size() > 1) {
        return Refuse(Has("lat") ? "lon" : "lat", degrees, "--columns lat=…,lon=… says which");
      }
      Use(Has("lat") ? "lon" : "lat", NameOf(degrees[0]));
      return true;
    }
    return TakeBoth(degrees);
  }

  bool TakeBoth(const std::vector<size_t>& degrees) {
    std::vector<size_t> lats, lons;
    for (const size_t column : degrees) {
      const bool no_lat = kinds_[column].beyond_90;
      const bool named_lat = has_header_ && HasWord(NameOf(column), kLatWords);
      const bool named_lon = has_header_ && HasWord(NameOf(column), kLonWords);
      if (named_lat && !no_lat && !named_lon) lats.push_back(column);
      if (named_lon || (no_lat && degrees.size() == 2)) lons.push_back(column);
    }
    if (degrees.size() == 2 && lats.size() + lons.size() == 1) {  // the other one is what is left
      const size_t known = lats.empty() ? lons[0] : lats[0];
      const size_t other = degrees[0] == known ? degrees[1] : degrees[0];
      if (!lats.empty() || !kinds_[other].beyond_90) (lats.empty() ? lats : lons).push_back(other);
    }
    if (lats.size() != 1 || lons.size() != 1 || lats[0] == lons[0]) {
      return Refuse("lat", degrees, "--columns lat=…,lon=… says which");
    }
    Use("lat", NameOf(lats[0]));
    Use("lon", NameOf(lons[0]));
    return true;
  }

  bool FindTime() {
    if (Has("time")) return true;
    const std::vector<size_t> times = Free(&ColumnKind::time),
                              others = Free(&ColumnKind::other_time);
    if (times.size() == 1 && others.empty()) {
      Use("time", NameOf(times[0]));
      return true;
    }
    if (times.empty() && others.empty()) return true;
    std::vector<size_t> all = times;
    all.insert(all.end(), others.begin(), others.end());
    return Refuse("time", all,
                  "--columns time=… says which, time=- that there are none, --time-format and "
                  "--time-unit what they look like");
  }

  void FindId() {
    if (Has("id") || !known_.needs_id) return;
    std::vector<size_t> left, named;
    for (size_t i = 0; i < kinds_.size(); ++i) {
      if (used_.contains(i) || kinds_[i].degrees) continue;
      left.push_back(i);
      if (has_header_ && HasWord(NameOf(i), kIdWords)) named.push_back(i);
    }
    if (named.size() == 1 && kinds_[named[0]].repeats) return Use("id", NameOf(named[0]));
    if (named.empty() && left.size() == 1 && kinds_[left[0]].repeats) {
      return Use("id", NameOf(left[0]));
    }
    guess_.ambiguous = {.field = "id",
                        .value = "",
                        .allowed = absl::StrCat("a column that tells trips apart: --columns id=…",
                                                left.empty() ? "" : ", of ", NamesOf(left),
                                                "; or --id NAME where all rows are one trip")};
  }

  const TableRows& rows_;
  const CsvMapping& known_;
  const ReadOptions& options_;
  bool has_header_ = true;
  std::vector<ColumnKind> kinds_;
  std::set<size_t> used_;
  ColumnGuess guess_;
};

// The lines of a sample that are rows like the first.
TableRows RowsOf(absl::string_view sample, char delimiter) {
  TableRows rows;
  RowFields fields;
  for (absl::string_view line : absl::StrSplit(sample, '\n', absl::SkipEmpty())) {
    if (absl::EndsWith(line, "\r")) line.remove_suffix(1);
    if (!fields.Split(line, delimiter, kMostGuessed)) continue;
    std::vector<std::string> row(fields.fields().begin(), fields.fields().end());
    if (rows.empty() || row.size() == rows[0].size()) rows.push_back(std::move(row));
  }
  return rows;
}

class GuessingReader final : public Reader {
 public:
  GuessingReader(const ReadOptions& options, CsvMapping mapping, MakeTableReader make)
      : options_(options), mapping_(std::move(mapping)), make_(make) {}

  absl::Status Feed(absl::string_view bytes, const RecordSink& sink) override {
    if (!status_.ok()) return status_;
    if (reader_ != nullptr) return reader_->Feed(bytes, sink);
    const bool ends_line = absl::StrContains(bytes, '\n');
    pending_.append(bytes.data(), bytes.size());
    const bool is_full = pending_.size() > kSampleBytes + kBomBytes;  // more than is looked at
    return ends_line || is_full ? Look(is_full, sink) : absl::OkStatus();
  }
  absl::Status Finish(const RecordSink& sink) override {
    if (!status_.ok()) return status_;
    if (reader_ == nullptr) {
      if (absl::Status s = Look(true, sink); !s.ok()) return s;
    }
    return reader_->Finish(sink);
  }
  const TableLayout* layout() const override {
    const TableLayout* const inner = reader_ == nullptr ? nullptr : reader_->layout();
    if (inner == nullptr || !guessed_) return inner;
    layout_ = *inner;
    layout_.by_values = true;
    return &layout_;
  }

 private:
  // Begins to read as soon as it is known how; `is_all`: there is no more to be seen.
  absl::Status Look(bool is_all, const RecordSink& sink) {
    const absl::string_view text = BomSkipper()(pending_);
    const absl::string_view head = text.substr(0, kSampleBytes);
    const size_t first_end = head.find('\n');
    if (first_end == absl::string_view::npos && !is_all) return absl::OkStatus();
    const absl::string_view first = head.substr(0, first_end);
    const char delimiter = options_.delimiter != 0 ? options_.delimiter : GuessDelimiter(first);
    if (NamesTell(first, delimiter)) return Begin(sink);
    size_t end = first_end;
    for (int64_t lines = 1; lines < kSampleLines && end != absl::string_view::npos; ++lines) {
      end = head.find('\n', end + 1);
    }
    if (end == absl::string_view::npos && !is_all) return absl::OkStatus();
    const size_t whole = head.size() < text.size() ? head.rfind('\n') : head.size();
    const absl::string_view sample = head.substr(0, std::min(end, whole));
    ColumnGuess guess = GuessColumns(RowsOf(sample, delimiter), mapping_, options_);
    if (guess.ambiguous) {
      status_ = ErrorStatus(*guess.ambiguous);
      sink(RejectedRecord(1, *std::move(guess.ambiguous)));
      return status_;
    }
    guessed_ = !guess.columns.empty();
    if (guessed_) options_.columns = std::move(guess.columns);
    return Begin(sink);
  }

  bool NamesTell(absl::string_view first, char delimiter) const {
    RowFields fields;
    CsvColumns columns;
    FieldError ignored;
    if (absl::EndsWith(first, "\r")) first.remove_suffix(1);
    return !fields.Split(first, delimiter, kMostGuessed) ||
           FindColumns(mapping_, fields.fields(), columns, ignored);
  }

  absl::Status Begin(const RecordSink& sink) {
    auto made = make_(options_);
    if (!made.ok()) return status_ = made.status();
    reader_ = *std::move(made);
    return reader_->Feed(std::exchange(pending_, std::string()), sink);
  }

  ReadOptions options_;
  const CsvMapping mapping_;
  const MakeTableReader make_;
  std::string pending_;  // until it is known how to read it
  std::unique_ptr<Reader> reader_;
  bool guessed_ = false;
  mutable TableLayout layout_;
  absl::Status status_;
};

}  // namespace

ColumnGuess GuessColumns(const TableRows& rows, const CsvMapping& known,
                         const ReadOptions& options) {
  return Guesser(rows, known, options).Guess();
}

std::unique_ptr<Reader> MakeGuessingReader(const ReadOptions& options, CsvMapping mapping,
                                           MakeTableReader make) {
  return std::make_unique<GuessingReader>(options, std::move(mapping), make);
}

// By the header, or the options where there is none: as the reader takes it.
RecordUnit CsvUnit(absl::string_view head, const ReadOptions& options) {
  const absl::StatusOr<CsvMapping> mapping = MappingFromOptions(options);
  const absl::string_view row = head.substr(0, FirstRow(head));
  const absl::string_view bytes = row.substr(0, row.find_last_not_of("\r\n") + 1);
  const char delimiter = options.delimiter != 0 ? options.delimiter : GuessDelimiter(row);
  RowFields fields;
  if (!mapping.ok() || !fields.Split(bytes, delimiter, kMostGuessed)) return RecordUnit::kFix;
  CsvColumns columns;
  FieldError ignored;
  const bool is_trip =
      FindColumns(*mapping, fields.fields(), columns, ignored) && columns.has_polyline();
  return is_trip ? RecordUnit::kTrip : RecordUnit::kFix;
}

}  // namespace spoor
