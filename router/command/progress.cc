#include "router/command/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace spoor {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kLineEvery = std::chrono::seconds(5);
constexpr int kBarCells = 24;
constexpr char kClearLine[] = "\r\x1b[K";

// As much of a line as a terminal of so many columns can take away again: a line that wraps stays.
std::string Fitting(const std::string& line, size_t columns) {
  size_t width = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(line[i]) & 0xC0) != 0x80;
    if (begins && ++width >= columns) return line.substr(0, i);
  }
  return line;
}

size_t TerminalColumns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string ShowCount(uint64_t count) {
  if (count >= 10'000'000) return absl::StrFormat("%.1f M", static_cast<double>(count) / 1e6);
  if (count >= 1'000'000) return absl::StrFormat("%.2f M", static_cast<double>(count) / 1e6);
  if (count < 10'000) return absl::StrCat(count);
  return absl::StrFormat("%d %03d", count / 1000, count % 1000);
}

std::string ShowBytes(double bytes) {
  const char* const units[] = {"B", "kB", "MB", "GB", "TB"};
  size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < std::size(units); ++unit) bytes /= 1000;
  const int digits = unit == 0 || bytes >= 100 ? 0 : 1;
  return absl::StrFormat("%.*f %s", digits, bytes, units[unit]);
}

std::string ShowSeconds(double seconds) {
  if (seconds < 60) return absl::StrFormat("%.1f s", seconds);
  const auto whole = static_cast<int64_t>(seconds);
  if (whole < 3600) return absl::StrFormat("%d min %d s", whole / 60, whole % 60);
  return absl::StrFormat("%d h %d min", whole / 3600, whole / 60 % 60);
}

std::string ShowMeters(double meters) {
  return meters < 1000 ? absl::StrFormat("%.1f m", meters)
                       : absl::StrFormat("%.2f km", meters / 1000);
}

std::string ShowTime(double unix_s) {
  if (!(std::abs(unix_s) < 1e11)) return "";
  const auto time = static_cast<std::time_t>(std::floor(unix_s));
  std::tm utc{};
  char text[32];
  if (gmtime_r(&time, &utc) == nullptr) return "";
  return std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc) > 0 ? text : "";
}

Progress::Progress(Terminal& terminal, std::string what, uint64_t total, bool quiet)
    : terminal_(terminal), what_(std::move(what)), total_(total), quiet_(quiet) {}

Progress::~Progress() { Clear(); }

void Progress::Clear() {
  if (!drawn_) return;
  terminal_.err << kClearLine << std::flush;
  drawn_ = false;
}

std::string Progress::Bar(uint64_t done) const {
  if (total_ == 0) return "";
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  std::string text;
  if (terminal_.live) {
    const int full = static_cast<int>(share * kBarCells);
    for (int i = 0; i < kBarCells; ++i) text += i < full ? "\u2588" : "\u2591";
    text += ' ';
  }
  absl::StrAppendFormat(&text, "%3.0f %%", share * 100);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  if (share > 0.01 && share < 1 && seconds > 1) {
    absl::StrAppend(&text, "  ", ShowSeconds(seconds / share - seconds), " left");
  }
  return text;
}

void Progress::Update(uint64_t done, const std::string& rates) {
  const Clock::time_point now = Clock::now();
  const bool first = terminal_.live && !drawn_;
  if (quiet_ ||
      (!first && now - shown_ < (terminal_.live ? Clock::duration(kRedraw) : kLineEvery))) {
    return;
  }
  shown_ = now;
  const std::string line = absl::StrCat(what_, "  ", Bar(done), "  ", rates);
  if (terminal_.live) {
    terminal_.err << kClearLine << Fitting(line, TerminalColumns()) << std::flush;
  } else {
    terminal_.err << line << std::endl;
  }
  drawn_ = terminal_.live;
}

}  // namespace spoor
