#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "engine/format/ais_position.h"
#include "engine/format/fix_trips.h"
#include "engine/format/make_readers.h"
#include "engine/format/splitter.h"

namespace spoor {
namespace {

using Cells = std::vector<absl::string_view>;

constexpr FixTrips::Names kNmeaNames{.object = "source", .fix = "position", .time = "time"};
constexpr size_t kLongestSentence = 4096;  // the standard says 82, tag blocks come on top
constexpr absl::string_view kNmeaAllowed =
    "sentences RMC with a fix (status A), GGA behind a ZDA, or AIVDM position reports with a time";

bool AllDigits(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return !text.empty();
}

// Two digits of a text; -1 where there are none.
int TwoDigits(absl::string_view text, size_t at) {
  const absl::string_view digits = text.substr(std::min(at, text.size()), 2);
  return digits.size() == 2 && AllDigits(digits) ? (digits[0] - '0') * 10 + digits[1] - '0' : -1;
}

// "hhmmss.sss" as milliseconds of the day, or kOutOfRange.
int64_t ClockMs(absl::string_view text) {
  const int hour = TwoDigits(text, 0), minute = TwoDigits(text, 2), second = TwoDigits(text, 4);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return kOutOfRange;
  double fraction = 0;
  const absl::string_view rest = text.substr(6);
  const bool fits = rest.empty() || (rest[0] == '.' && rest.size() < 12 &&
                                     (rest.size() == 1 || AllDigits(rest.substr(1))));
  if (!fits || (rest.size() > 1 && !absl::SimpleAtod(rest, &fraction))) return kOutOfRange;
  return ((hour * 60 + minute) * 60 + second) * int64_t{1000} + std::llround(fraction * 1000);
}

// Milliseconds at which a day begins, or kOutOfRange.
int64_t DayMs(int year, int month, int day) {
  const absl::CivilDay civil(year, month, day);
  if (civil.year() != year || civil.month() != month || civil.day() != day) return kOutOfRange;
  return (civil - absl::CivilDay(1970, 1, 1)) * int64_t{86'400'000};
}

// "ddmmyy"; years from 80 on are of the last century, as GPS is.
int64_t DateMs(absl::string_view text) {
  const int day = TwoDigits(text, 0), month = TwoDigits(text, 2), year = TwoDigits(text, 4);
  if (text.size() != 6 || day < 0 || month < 0 || year < 0) return kOutOfRange;
  return DayMs(year + (year >= 80 ? 1900 : 2000), month, day);
}

// "4717.112671" and "N" as units of 1e-7 degrees, or kOutOfRange.
int64_t AngleUnits(absl::string_view text, absl::string_view side, absl::string_view sides,
                   int64_t most) {
  const size_t point = std::min(text.find('.'), text.size());
  const bool spelled = text.size() < 24 && point >= 3 && AllDigits(text.substr(0, point)) &&
                       (point + 1 >= text.size() || AllDigits(text.substr(point + 1)));
  if (!spelled || side.size() != 1 || !absl::StrContains(sides, side)) return kOutOfRange;
  int degrees = 0;
  double minutes = 0;
  if (!absl::SimpleAtoi(text.substr(0, point - 2), &degrees) || degrees > 180 ||
      !absl::SimpleAtod(text.substr(point - 2), &minutes) || minutes >= 60) {
    return kOutOfRange;
  }
  const int64_t units = degrees * int64_t{10'000'000} + std::llround(minutes * 1e7 / 60);
  if (units > most) return kOutOfRange;
  return side == "S" || side == "W" ? -units : units;
}

// Whether what follows the star is the exclusive or of what stands before it; takes both off.
bool TakeChecksum(absl::string_view& sentence) {
  const size_t star = sentence.find('*');
  if (star == absl::string_view::npos) return true;  // older devices send none
  unsigned sum = 0;
  for (const char c : sentence.substr(0, star)) sum ^= static_cast<unsigned char>(c);
  const std::string said = absl::AsciiStrToUpper(sentence.substr(star + 1, 2));
  sentence = sentence.substr(0, star);
  return said == absl::AsciiStrToUpper(absl::StrCat(absl::Hex(sum, absl::kZeroPad2)));
}

// A log of NMEA 0183 sentences, as receivers and ships' radios send them.
//
//   $GPRMC,085411.000,A,5222.3215,N,00454.5778,E,0.58,251.34,030414,,,A*63
//   !AIVDM,1,1,,B,15N5s90P00IB>dtA7f<pOwv00<1a,0*2B,b2003669980,1272412825
//
// The receiver's fixes are its RMC sentences of status A; of one that has sent none its GGA
// sentences, by the date that ZDA last told.  Their object is the source.  AIVDM reports are of the
// ship whose MMSI they name, by the time that the receiver has put in front (\c:1272412825*hh\) or
// behind; a report does not hold a whole time itself, so one without is refused.  All else is
// passed over; a sentence whose checksum is wrong is told, and is not read.
class NmeaReader final : public Reader {
 public:
  explicit NmeaReader(const ReadOptions& options)
      : options_(options), lines_('\n', kLongestSentence), trips_(options_, kNmeaNames) {}

  absl::Status Feed(absl::string_view bytes, const RecordSink& sink) override {
    lines_.Feed(skip_bom_(bytes), [&](const auto& line) { Take(line, sink); });
    return absl::OkStatus();
  }
  absl::Status Finish(const RecordSink& sink) override {
    lines_.Finish([&](const auto& line) { Take(line, sink); });
    trips_.Finish(sink);
    if (trips_.fixes() > 0) return absl::OkStatus();
    FieldError error{.field = "fix", .value = "", .allowed = std::string(kNmeaAllowed)};
    const absl::Status status = ErrorStatus(error);
    sink(RejectedRecord(1, std::move(error)));
    return status;
  }

 private:
  void Reject(absl::string_view field, absl::string_view value, absl::string_view allowed,
              const RecordSink& sink) {
    trips_.Reject(
        line_, "",
        {.field = std::string(field), .value = Shown(value), .allowed = std::string(allowed)},
        sink);
  }

  void Take(const RecordSplitter::Text& line, const RecordSink& sink) {
    line_ = line.line;
    absl::string_view text = absl::StripAsciiWhitespace(line.bytes);
    absl::string_view tags;
    if (absl::ConsumePrefix(&text, "\\")) {
      const size_t end = text.find('\\');
      if (end == absl::string_view::npos) return;
      tags = text.substr(0, end);
      text.remove_prefix(end + 1);
    }
    if (text.empty() || (text[0] != '$' && text[0] != '!')) return;
    absl::string_view sentence = text.substr(1);
    const bool is_ais = absl::StartsWith(sentence, "AIVDM") || absl::StartsWith(sentence, "AIVDO");
    const absl::string_view kind = sentence.substr(std::min<size_t>(2, sentence.size()), 3);
    if (line.too_long || !(is_ais || kind == "RMC" || kind == "GGA" || kind == "ZDA")) return;
    if (!TakeChecksum(sentence)) return Reject("checksum", text, "the sum of the sentence", sink);
    const Cells cells = absl::StrSplit(sentence, ',');
    if (is_ais) return TakeAis(cells, tags, text, sink);
    if (kind == "RMC") TakeRmc(cells, sink);
    if (kind == "GGA") TakeGga(cells, sink);
    if (kind == "ZDA") TakeZda(cells);
  }

  static absl::string_view Cell(const Cells& cells, size_t i) {
    return i < cells.size() ? cells[i] : absl::string_view();
  }

  void TakeRmc(const Cells& cells, const RecordSink& sink) {
    if (Cell(cells, 2) != "A") return;
    any_rmc_ = true;
    const int64_t day_ms = DateMs(Cell(cells, 9));
    if (day_ms == kOutOfRange) return Reject("date", Cell(cells, 9), "a date, ddmmyy", sink);
    TakeOwn(cells, {.clock = 1, .lat = 3}, day_ms, sink);
  }

  void TakeGga(const Cells& cells, const RecordSink& sink) {
    const absl::string_view quality = Cell(cells, 6);
    if (any_rmc_ || day_ms_ == kOutOfRange || quality.empty() || quality == "0") return;
    TakeOwn(cells, {.clock = 1, .lat = 2}, day_ms_, sink);
  }

  void TakeZda(const Cells& cells) {
    int year = 0;
    const int day = TwoDigits(Cell(cells, 2), 0), month = TwoDigits(Cell(cells, 3), 0);
    if (day < 0 || month < 0 || !AllDigits(Cell(cells, 4)) ||
        !absl::SimpleAtoi(Cell(cells, 4), &year) || year > 9999) {
      return;
    }
    day_ms_ = DayMs(year, month, day);
  }

  // Where a sentence has its parts; the position is four cells.
  struct Places {
    size_t clock, lat;
  };
  void TakeOwn(const Cells& cells, Places at, int64_t day_ms, const RecordSink& sink) {
    const int64_t clock_ms = ClockMs(Cell(cells, at.clock));
    if (clock_ms == kOutOfRange)
      return Reject("time", Cell(cells, at.clock), "a time, hhmmss.sss", sink);
    const int64_t lat = AngleUnits(Cell(cells, at.lat), Cell(cells, at.lat + 1), "NS", kMaxLatE7);
    const int64_t lon =
        AngleUnits(Cell(cells, at.lat + 2), Cell(cells, at.lat + 3), "EW", kMaxLonE7);
    if (lat == kOutOfRange) return Reject("lat", Cell(cells, at.lat), "ddmm.mmmm and N or S", sink);
    if (lon == kOutOfRange)
      return Reject("lon", Cell(cells, at.lat + 2), "dddmm.mmmm and E or W", sink);
    const Fix fix = {.lat_e7 = static_cast<int32_t>(lat),
                     .lon_e7 = static_cast<int32_t>(lon),
                     .time_ms = day_ms + clock_ms};
    if (options_.source.empty()) {  // once, as it is true of all
      if (!std::exchange(no_source_told_, true)) {
        Reject("source", "", "what the receiver is called, as sentences do not say", sink);
      }
      return;
    }
    trips_.Add({.object = options_.source, .fix = fix, .line = line_}, sink);
  }

  // Unix seconds that the receiver has put into a tag block, or behind the sentence; kOutOfRange
  // where there are none.
  static int64_t ReceivedMs(absl::string_view tags, absl::string_view text) {
    tags = tags.substr(0, tags.find('*'));
    for (absl::string_view tag : absl::StrSplit(tags, ',')) {
      if (absl::ConsumePrefix(&tag, "c:")) return SecondsMs(tag);
    }
    const size_t star = text.find('*');
    if (star == absl::string_view::npos) return kOutOfRange;
    const Cells behind = absl::StrSplit(text.substr(star), ',');
    return behind.size() < 2 ? kOutOfRange : SecondsMs(behind.back());
  }
  static int64_t SecondsMs(absl::string_view digits) {
    int64_t number = 0;
    if (digits.size() < 9 || digits.size() > 13 || !AllDigits(digits) ||
        !absl::SimpleAtoi(digits, &number)) {
      return kOutOfRange;
    }
    return digits.size() > 11 ? number : number * 1000;  // some write milliseconds
  }

  void TakeAis(const Cells& cells, absl::string_view tags, absl::string_view text,
               const RecordSink& sink) {
    if (Cell(cells, 1) != "1") return;  // of messages in parts none is a position
    AisPosition report = ReadAisPayload(Cell(cells, 5));
    if (report.kind == AisPosition::Kind::kBroken)
      return Reject("payload", Cell(cells, 5), "AIS's letters, as many as its type has", sink);
    if (report.kind != AisPosition::Kind::kPosition) return;
    report.fix.time_ms = ReceivedMs(tags, text);
    if (report.fix.time_ms == kOutOfRange) {
      return Reject("time", text,
                    "Unix seconds in a tag block or behind the sentence, as a report has no time",
                    sink);
    }
    const std::string ship = absl::StrCat(report.mmsi);
    trips_.Add({.object = ship, .fix = report.fix, .line = line_}, sink);
  }

  const ReadOptions options_;
  BomSkipper skip_bom_;
  RecordSplitter lines_;
  FixTrips trips_;
  uint64_t line_ = 0;
  bool any_rmc_ = false, no_source_told_ = false;
  int64_t day_ms_ = kOutOfRange;  // by ZDA
};

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> MakeNmeaReader(const ReadOptions& options) {
  if (absl::Status s = RefuseTableOptions(options, "nmea"); !s.ok()) return s;
  return std::make_unique<NmeaReader>(options);
}

RecordUnit FixUnit(absl::string_view, const ReadOptions&) { return RecordUnit::kFix; }

}  // namespace spoor
