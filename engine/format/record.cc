#include "engine/format/record.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/format/decimal.h"

namespace spoor {
namespace {

constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// The bytes of the character at the start of text: 1 to 4, or 0 when it is none.  text is not
// empty.
size_t CharacterSize(absl::string_view text) {
  for (size_t size = 1; size <= std::min<size_t>(4, text.size()); ++size) {
    if (IsUtf8(text.substr(0, size))) return size;
  }
  return 0;
}

bool IsSpace(char c) { return c == '\t' || c == '\n' || c == '\r'; }

// Also U+0080 to U+009F, which terminals obey.
bool IsControl(absl::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

bool IsJsonNumber(absl::string_view text) {
  Decimal number;
  const char* const end = text.data() + text.size();
  return ScanDecimal(text.data(), end, number) == end;
}

}  // namespace

std::string Shown(absl::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const size_t size = CharacterSize(text);
    absl::string_view character = text.substr(0, size);
    if (size == 1 && IsSpace(text[0])) {
      character = " ";
    } else if (size == 0 || IsControl(character)) {
      character = kReplacement;
    }
    if (shown.size() + character.size() > kMaxShownBytes) break;
    absl::StrAppend(&shown, character);
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return shown;
}

std::string CellAsJson(absl::string_view cell) {
  if (IsJsonNumber(cell)) return std::string(cell);
  std::string json = "\"";
  for (const char c : cell.substr(0, kMaxShownBytes)) {
    if (c == '"' || c == '\\') json.push_back('\\');
    json.push_back(c);
  }
  json.push_back('"');
  return json;
}

std::string PointerStep(absl::string_view key) {
  std::string step = "/";
  for (const char c : Shown(key)) {
    if (c == '~') {
      absl::StrAppend(&step, "~0");
    } else if (c == '/') {
      absl::StrAppend(&step, "~1");
    } else {
      step.push_back(c);
    }
  }
  return step;
}

std::string ShownSeconds(int64_t time_ms) {
  const int64_t size = time_ms < 0 ? -time_ms : time_ms;
  std::string fraction = absl::StrCat(size % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return absl::StrCat(time_ms < 0 ? "-" : "", size / 1000, fraction.empty() ? "" : ".", fraction);
}

std::string FixCountAllowed(const ReadOptions& options) {
  return absl::StrCat("1 … ", options.max_fixes, " fixes");
}

absl::Status ErrorStatus(const FieldError& error) {
  return absl::InvalidArgumentError(
      absl::StrCat(error.field.empty() ? "record" : error.field,
                   error.value.empty() ? " is missing" : absl::StrCat(" is ", error.value),
                   ", allowed: ", error.allowed));
}

ParsedRecord RejectedRecord(uint64_t line, FieldError error) {
  ParsedRecord record;
  record.line = line;
  record.trajectory = ErrorStatus(error);
  record.error = std::move(error);
  return record;
}

FieldError TooLong(absl::string_view text, const ReadOptions& options) {
  return {.field = "",
          .value = Shown(text),
          .allowed = absl::StrCat("at most ", options.max_record_bytes, " bytes")};
}

void RecordDraft::Reject(std::string field, absl::string_view value, absl::string_view allowed) {
  if (rejected_) return;
  rejected_ = true;
  record_.error = {
      .field = std::move(field), .value = Shown(value), .allowed = std::string(allowed)};
}

void RecordDraft::RejectMalformed(absl::string_view field, absl::string_view text, size_t offset,
                                  absl::string_view allowed) {
  rejected_ = false;
  Reject(std::string(field), absl::StripAsciiWhitespace(text),
         absl::StrCat(allowed, "; broken at byte ", offset + 1));
}

void RecordDraft::Clean() {
  record_.dropped_range = std::erase_if(trip.fixes, &RecordDraft::IsOutOfRange);
  if (std::ranges::any_of(trip.fixes, &Fix::has_time)) {
    record_.dropped_range +=
        std::erase_if(trip.fixes, [](const Fix& fix) { return !fix.has_time(); });
  }
  if (!trip.fixes.empty()) record_.cleaned = spoor::Clean(trip.fixes, options_.max_speed_mps);
}

ParsedRecord RecordDraft::Finish(const FieldNames& names) {
  if (trip.id.value().empty()) Reject(std::string(names.id), "", kNameAllowed);
  if (trip.fixes.empty()) Reject(std::string(names.fixes), "", FixCountAllowed(options_));
  record_.id = trip.id.value();
  if (options_.clean && !rejected_) {
    Clean();
    if (trip.fixes.empty()) {
      Reject(std::string(names.fixes), "[]", absl::StrCat(FixCountAllowed(options_), " in range"));
    }
  }
  if (rejected_) {
    record_.trajectory = ErrorStatus(record_.error);
  } else {
    record_.trajectory = std::move(trip);
  }
  trip = Trajectory();
  rejected_ = false;
  return std::exchange(record_, ParsedRecord());
}

}  // namespace spoor
