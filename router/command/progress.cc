#include "router/command/progress.h"

#include <algorithm>
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
  return absl::StrFormat(unit == 0 || bytes >= 100 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

std::string ShowSeconds(double seconds) {
  if (seconds < 60) return absl::StrFormat("%.1f s", seconds);
  const auto whole = static_cast<int64_t>(seconds);
  if (whole < 3600) return absl::StrFormat("%d min %d s", whole / 60, whole % 60);
  return absl::StrFormat("%d h %d min", whole / 3600, whole / 60 % 60);
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
  terminal_.err << (terminal_.live ? kClearLine : "") << what_ << "  " << Bar(done) << "  "
                << rates;
  terminal_.live ? terminal_.err << std::flush : terminal_.err << std::endl;
  drawn_ = terminal_.live;
}

}  // namespace spoor
