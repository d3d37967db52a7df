#include "router/jobs/cluster_rows.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/cluster/agreement.h"
#include "engine/cluster/trip_distance.h"
#include "router/jobs/job_run.h"
#include "router/message/json_writer.h"

namespace spoor {
namespace {

constexpr int kMetreDigits = 3, kShareDigits = 6;
constexpr size_t kClusteredSkippedShown = 100;
// A medoid is sought by the distances to so many of its cluster, evenly.
constexpr size_t kMedoidSample = 300;

void WriteMetres(absl::string_view key, double value, JsonWriter& w) {
  w.Key(key);
  w.Rounded(value, kMetreDigits);
}
void WriteShare(absl::string_view key, double value, JsonWriter& w) {
  if (std::isnan(value)) return;
  w.Key(key);
  w.Rounded(value, kShareDigits);
}
void WriteNumbers(absl::string_view key, const std::vector<uint32_t>& numbers, JsonWriter& w) {
  w.Key(key);
  w.BeginArray();
  for (const uint32_t n : numbers) w.Uint(n);
  w.EndArray();
}

class ClusterTelling {
 public:
  ClusterTelling(JobRun& run, const ClusterTale& tale)
      : run_(run), tale_(tale), found_(tale.found) {
    if (found_.silhouette) values_ = found_.silhouette->Values();
    members_.resize(found_.clusters);
    for (uint32_t t = 0; t < found_.labels.size(); ++t) {
      if (found_.labels[t] != kOutlier) {
        members_[static_cast<size_t>(found_.labels[t])].push_back(t);
      }
    }
  }

  absl::Status Run() {
    for (const auto tell :
         {&ClusterTelling::Labels, &ClusterTelling::Clusters, &ClusterTelling::Segments,
          &ClusterTelling::Events, &ClusterTelling::Decisions, &ClusterTelling::Ranges}) {
      if (absl::Status s = (this->*tell)(); !s.ok()) return s;
    }
    Summarise();
    return absl::OkStatus();
  }

 private:
  const std::string& IdOf(uint32_t trip) const { return tale_.trips.ids[trip].value(); }
  absl::Status Put(absl::string_view part, JsonWriter& w) {
    w.EndObject();
    return run_.Append(part, w.Take());
  }

  absl::Status Labels() {
    for (uint32_t t = 0; t < found_.labels.size(); ++t) {
      JsonWriter w;
      w.BeginObject();
      w.Member("id", IdOf(t));
      w.Key("label");
      w.Rounded(found_.labels[t], 0);
      w.Key("before");
      w.Rounded(found_.before[t], 0);
      w.MemberBool("outlier", found_.labels[t] == kOutlier);
      if (!values_.empty()) WriteShare("silhouette", values_[t], w);
      if (absl::Status s = Put("labels", w); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  double MeanToM(uint32_t of, const std::vector<uint32_t>& others) const {
    double sum = 0;
    size_t count = 0;
    const size_t stride = (others.size() + kMedoidSample - 1) / kMedoidSample;
    for (size_t i = 0; i < others.size(); i += stride) {
      if (others[i] == of) continue;
      const double d =
          MeanStepDistanceM(tale_.aligned, std::min(of, others[i]), std::max(of, others[i]), 1);
      if (std::isfinite(d)) sum += d, ++count;
    }
    return count > 0 ? sum / static_cast<double>(count) : 0;
  }

  absl::Status Clusters() {
    for (size_t c = 0; c < members_.size(); ++c) {
      uint32_t medoid = members_[c][0];
      double spread = std::numeric_limits<double>::infinity();
      for (const uint32_t t : members_[c]) {
        if (absl::Status s = run_.patience().Check(); !s.ok()) return s;
        double mean = found_.silhouette ? found_.silhouette->MeanToOwn(t) : MeanToM(t, members_[c]);
        if (std::isnan(mean)) mean = 0;
        if (mean < spread) spread = mean, medoid = t;
      }
      JsonWriter w;
      w.BeginObject();
      w.MemberUint("label", c);
      w.MemberUint("size", members_[c].size());
      w.Member("medoid", IdOf(medoid));
      WriteMetres("spread_m", spread, w);
      w.Key("geometry");
      WriteLine(medoid, w);
      if (absl::Status s = Put("clusters", w); !s.ok()) return s;
    }
    return absl::OkStatus();
  }
  void WriteLine(uint32_t trip, JsonWriter& w) const {
    const std::vector<Fix>& fixes = tale_.trips.fixes[trip];
    w.BeginObject();
    w.Member("type", "LineString");
    w.Key("coordinates");
    w.BeginArray();
    for (const Fix& fix : fixes) w.Position(fix, /*with_time=*/false);
    if (fixes.size() == 1) w.Position(fixes[0], /*with_time=*/false);
    w.EndArray();
    w.EndObject();
  }

  // Where a stamp is: seconds of the clock, or a share of the trip's time or way.
  double StampAt(uint32_t stamp) const {
    if (tale_.align.align != Align::kClock) {
      return static_cast<double>(stamp) / (tale_.align.points - 1);
    }
    return ClockOrigin(tale_.trips.lines, tale_.align.step_s) + stamp * tale_.align.step_s;
  }
  absl::Status Segments() {
    const double origin = StampAt(0), width = StampAt(1) - origin;
    for (uint32_t j = 0; j < tale_.aligned.intervals(); ++j) {
      const bool clock = tale_.align.align == Align::kClock;
      const auto in = found_.steps->In(j);
      size_t outliers = 0;
      for (const uint32_t t : in) outliers += found_.steps->Of(t, j) == kOutlier ? 1 : 0;
      JsonWriter w;
      w.BeginObject();
      w.MemberUint("interval", j);
      WriteShare("start", clock ? origin + j * width : StampAt(j), w);
      WriteShare("end", clock ? origin + (j + 1) * width : StampAt(j + 1), w);
      w.MemberUint("clusters", found_.steps->clusters(j));
      w.MemberUint("outliers", outliers);
      if (tale_.groups) {
        WriteNumbers("identities", found_.evolved.identities[j], w);
        WriteGroups(found_.steps->MembersIn(j), w);
      }
      if (absl::Status s = Put("segments", w); !s.ok()) return s;
    }
    return absl::OkStatus();
  }
  void WriteGroups(const std::vector<std::vector<uint32_t>>& groups, JsonWriter& w) const {
    w.Key("groups");
    w.BeginArray();
    for (const auto& group : groups) {
      w.BeginArray();
      for (const uint32_t t : group) w.String(IdOf(t));
      w.EndArray();
    }
    w.EndArray();
  }

  absl::Status Events() {
    for (const ClusterEvent& e : found_.evolved.events) {
      JsonWriter w;
      w.BeginObject();
      w.MemberUint("interval", e.interval);
      w.Member("kind", kFates[static_cast<size_t>(e.fate)]);
      WriteNumbers("from", e.from, w);
      WriteNumbers("to", e.to, w);
      if (absl::Status s = Put("events", w); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  absl::Status Decisions() {
    for (const Rejoining& d : found_.decisions) {
      JsonWriter w;
      w.BeginObject();
      w.Member("id", IdOf(d.trip));
      w.MemberUint("label", d.cluster);
      w.MemberBool("rejoined", d.rejoined);
      w.Key("away");
      w.BeginArray();
      for (const IntervalRange& r : d.away) {
        w.BeginArray();
        w.Uint(r.first);
        w.Uint(r.end - 1);
        w.EndArray();
      }
      w.EndArray();
      WriteMetres("mean_m", d.mean_m, w);
      WriteMetres("threshold_m", d.threshold_m, w);
      w.Member("case", kStrayCases[static_cast<size_t>(d.stray)]);
      if (absl::Status s = Put("decisions", w); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  absl::Status Ranges() {
    for (const GroupRange& r : found_.ranges) {
      JsonWriter w;
      w.BeginObject();
      w.MemberUint("first", r.range.first);
      w.MemberUint("last", r.range.end - 1);
      w.MemberBool("short", r.is_short);
      WriteGroups(r.groups.groups, w);
      w.MemberUint("outliers", r.groups.outliers.size());
      if (absl::Status s = Put("ranges", w); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  void WriteAgreement(JsonWriter& w) const {
    std::map<std::string, int32_t> classes;
    std::vector<int32_t> truth, labels;
    for (size_t t = 0; t < found_.labels.size(); ++t) {
      const std::string& tag = tale_.trips.tags[t];
      if (tag.empty()) continue;
      truth.push_back(classes.try_emplace(tag, static_cast<int32_t>(classes.size())).first->second);
      labels.push_back(found_.labels[t]);
    }
    const LabelAgreement agreement = AgreementOf(truth, labels);
    w.MemberUint("labelled", truth.size());
    WriteShare("ari", agreement.ari, w);
    WriteShare("nmi", agreement.nmi, w);
    WriteShare("nmi_arithmetic", agreement.nmi_arithmetic, w);
  }

  void WriteSilhouette(JsonWriter& w) const {
    if (!found_.silhouette) return;
    const double mean = found_.silhouette->Mean();
    double squares = 0, count = 0;
    for (const double v : values_) {
      if (!std::isnan(v)) squares += (v - mean) * (v - mean), ++count;
    }
    WriteShare("silhouette", mean, w);
    WriteShare("silhouette_sd", count > 0 ? std::sqrt(squares / count) : NAN, w);
  }

  void Summarise() {
    JsonWriter w;
    w.BeginObject();
    w.MemberUint("clusters", found_.clusters);
    w.MemberUint("outliers", static_cast<uint64_t>(
                                 std::count(found_.labels.begin(), found_.labels.end(), kOutlier)));
    w.MemberUint("rejoined", static_cast<uint64_t>(
                                 std::count_if(found_.decisions.begin(), found_.decisions.end(),
                                               [](const auto& d) { return d.rejoined; })));
    WriteSilhouette(w);
    if (!tale_.truth.empty()) WriteAgreement(w);
    w.MemberUint("trajectories", found_.labels.size());
    w.MemberUint("intervals", tale_.aligned.intervals());
    w.MemberUint("segments", tale_.aligned.steps());
    w.Key("eps_m");
    w.Double(found_.eps_m);
    if (found_.proposed) {
      w.Member("eps_from", "where the curve of k-distances of a sample of segments bends most");
      w.MemberUint("eps_sample", found_.proposed->steps);
      WriteShare("eps_share", found_.proposed->share, w);
    }
    w.Key("skipped");
    w.BeginObject();
    w.MemberUint("count", tale_.trips.skipped.size());
    w.Key("ids");
    w.BeginArray();
    for (size_t i = 0; i < std::min(kClusteredSkippedShown, tale_.trips.skipped.size()); ++i) {
      w.String(tale_.trips.skipped[i].value());
    }
    w.EndArray();
    w.EndObject();
    w.EndObject();
    run_.Summarise(w.Take());
  }

  JobRun& run_;
  const ClusterTale& tale_;
  const StableClusters& found_;
  std::vector<double> values_;
  std::vector<std::vector<uint32_t>> members_;
};

}  // namespace

absl::Status TellClusters(JobRun& run, const ClusterTale& tale) {
  return ClusterTelling(run, tale).Run();
}

}  // namespace spoor
