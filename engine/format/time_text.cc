#include "engine/format/time_text.h"

#include "absl/time/civil_time.h"
#include "engine/format/decimal.h"

namespace spoor {
namespace {

// Reads text from the left; each method says whether it found what it looks for.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : rest_(text) {}

  bool Take(absl::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_[0]) == absl::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool Number(size_t digits, int64_t max, int64_t& out) {
    if (rest_.size() < digits) return false;
    out = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      out = out * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return out <= max;
  }
  // Digits of any number behind a point, as milliseconds, rounded.
  bool Fraction(int64_t& ms) {
    ms = 0;
    size_t n = 0;
    for (; n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9'; ++n) {
      if (n < 3) ms = ms * 10 + (rest_[n] - '0');
      if (n == 3 && rest_[n] >= '5') ++ms;
    }
    for (size_t i = n; i < 3; ++i) ms *= 10;
    rest_.remove_prefix(n);
    return n > 0;
  }
  absl::string_view rest() const { return rest_; }
  bool AtEnd() const { return rest_.empty(); }

 private:
  absl::string_view rest_;
};

bool IsLeapYear(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int64_t DaysOfMonth(int64_t year, int64_t month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month - 1] + (month == 2 && IsLeapYear(year) ? 1 : 0);
}

// Days from 1970-01-01, by Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
int64_t DaysFromCivil(int64_t year, int64_t month, int64_t day) {
  if (month <= 2) --year;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719'468;
}

bool ReadDate(Scanner& in, int64_t& days) {
  int64_t year = 0, month = 0, day = 0;
  if (!in.Number(4, 9999, year) || !in.Take("-") || !in.Number(2, 12, month) || !in.Take("-") ||
      !in.Number(2, 31, day)) {
    return false;
  }
  if (month < 1 || day < 1 || day > DaysOfMonth(year, month)) return false;
  days = DaysFromCivil(year, month, day);
  return true;
}

bool ReadClock(Scanner& in, int64_t& ms) {
  int64_t hour = 0, minute = 0, second = 0, fraction_ms = 0;
  if (!in.Number(2, 23, hour) || !in.Take(":") || !in.Number(2, 59, minute) || !in.Take(":") ||
      !in.Number(2, 60, second)) {
    return false;
  }
  if (in.Take(".") && !in.Fraction(fraction_ms)) return false;
  ms = ((hour * 60 + minute) * 60 + second) * 1000 + fraction_ms;
  return true;
}

// "Z", "+02:00", "+0200", "+02"; or nothing, which leaves `said` false.
bool ReadZone(Scanner& in, bool& said, int64_t& ms_ahead) {
  ms_ahead = 0;
  said = !in.AtEnd();
  if (!said || in.Take("Zz")) return true;
  const bool behind = in.rest()[0] == '-';
  int64_t hour = 0, minute = 0;
  if (!in.Take("+-") || !in.Number(2, 23, hour)) return false;
  const bool more = !in.AtEnd();
  if (more && in.rest()[0] == ':') in.Take(":");
  if (more && !in.Number(2, 59, minute)) return false;
  ms_ahead = (hour * 60 + minute) * (behind ? -60'000 : 60'000);
  return true;
}

int64_t InRange(int64_t time_ms) {
  const bool in_range = time_ms >= kMinTimeMs && time_ms <= kMaxTimeMs;
  return in_range ? time_ms : kOutOfRange;
}

int64_t ParseByFormat(absl::string_view text, const TimeForm& form) {
  absl::Time time;
  if (!absl::ParseTime(form.format, text, form.zone, &time, nullptr)) return kOutOfRange;
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return kOutOfRange;
  return InRange(absl::ToUnixMillis(time + absl::Microseconds(500)));
}

}  // namespace

int64_t FromWallClock(int64_t wall_ms, absl::TimeZone zone) {
  if (zone == absl::UTCTimeZone()) return wall_ms;
  int64_t seconds = wall_ms / 1000;
  if (seconds * 1000 > wall_ms) --seconds;
  const auto civil = absl::ToCivilSecond(absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
  return absl::ToUnixSeconds(absl::FromCivil(civil, zone)) * 1000 + (wall_ms - seconds * 1000);
}

const Axis& AxisOf(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSeconds:
      return kTimeAxis;
    case TimeUnit::kMilliseconds:
      return kTimeMsAxis;
    case TimeUnit::kMicroseconds:
      return kTimeUsAxis;
    case TimeUnit::kNanoseconds:
      return kTimeNsAxis;
  }
  return kTimeAxis;
}

int64_t ParseTimeText(absl::string_view text, const TimeForm& form) {
  if (!form.format.empty()) return ParseByFormat(text, form);
  Scanner in(text);
  int64_t days = 0, ms = 0, ms_ahead = 0;
  bool zone_said = false;
  if (!ReadDate(in, days) || !in.Take("Tt ") || !ReadClock(in, ms) ||
      !ReadZone(in, zone_said, ms_ahead) || !in.AtEnd()) {
    return kOutOfRange;
  }
  const int64_t time_ms = days * 86'400'000 + ms - ms_ahead;
  return InRange(zone_said ? time_ms : FromWallClock(time_ms, form.zone));
}

}  // namespace spoor
