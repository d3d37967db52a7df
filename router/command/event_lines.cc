#include "router/command/event_lines.h"

#include <algorithm>
#include <ostream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace spoor {
namespace {

constexpr absl::string_view kLevels[] = {"info", "warning", "error"};  // as in Level

// As it is where nothing in it could be taken for the end of it.
std::string QuotedValue(absl::string_view value) {
  const bool plain = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c)) && c != '"' && c != '=' && c != '\\';
  });
  if (plain) return std::string(value);
  std::string out = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (absl::ascii_iscntrl(byte)) {
      absl::StrAppend(&out, "\\x", absl::Hex(byte, absl::kZeroPad2));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

void EventLines::Tell(Level level, absl::string_view event, const Fields& fields) {
  std::string line = absl::StrCat(
      "ts=", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone()),
      " level=", kLevels[static_cast<size_t>(level)], " event=", event);
  for (const auto& [name, value] : fields)
    absl::StrAppend(&line, " ", name, "=", QuotedValue(value));
  line += '\n';
  const MutexLock lock(mu_);
  out_ << line << std::flush;
}

}  // namespace spoor
