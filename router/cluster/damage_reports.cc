#include "router/cluster/damage_reports.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace spoor {
namespace {

constexpr int64_t kTellEveryMs = 60'000;

}  // namespace

void DamageReports::Note(const std::string& collection, const std::string& node,
                         const absl::Status& damage) {
  const int64_t now_ms = absl::ToUnixMillis(absl::Now());
  std::string line;
  {
    const MutexLock lock(mu_);
    Known& known = known_[{collection, node}];
    DamageReport& report = known.report;
    report.collection = collection;
    report.node = node;
    report.problem = std::string(damage.message());
    report.last_ms = now_ms;
    if (++report.times == 1 || now_ms - known.told_ms >= kTellEveryMs) {
      known.told_ms = now_ms;
      line = absl::StrCat("node '", node, "' is damaged in collection '", collection, "', seen ",
                          report.times, " times: ", report.problem);
    }
  }
  if (!line.empty() && tell_ != nullptr) tell_(line);
}

std::vector<DamageReport> DamageReports::All() const {
  const MutexLock lock(mu_);
  std::vector<DamageReport> out;
  for (const auto& [where, known] : known_) out.push_back(known.report);
  return out;
}

}  // namespace spoor
