#include "router/join_run.h"

#include <algorithm>
#include <deque>
#include <future>
#include <optional>
#include <utility>
#include <vector>

#include "router/json_writer.h"
#include "shard/log/log.h"

namespace spoor {
namespace {

// A page takes no longer, or something is stuck: then it is asked again.
constexpr std::chrono::minutes kPageLimit(10);

// What a page came to.
struct PageResult {
  std::string lines;
  uint64_t pairs = 0;
  bool whole = true;               // false: left at...
  HomePlace reached;               // everything up to it has asked
  std::optional<HomePlace> probe;  // the next one has got its partners
  HomePlace partner;               // up to this one
};

// A page that is being asked.
struct Page {
  WalkAnswer walked;
  std::future<absl::StatusOr<PageResult>> result;
};

class JoinRunner {
 public:
  JoinRunner(const JoinWork& work, JoinCheckpoint at, const JoinSink& sink,
             const Patience& patience)
      : work_(work), at_(std::move(at)), sink_(sink), patience_(patience) {}

  absl::Status Run() {
    HomePlace after = at_.reached;
    bool more = true;
    while (more || !pages_.empty()) {
      while (more && pages_.size() < work_.pace.pages_at_once) {
        auto walked = Walk(after);
        if (!walked.ok()) return walked.status();
        after = walked->reached;
        more = walked->more;
        Ask(*std::move(walked));
      }
      Page page = std::move(pages_.front());
      pages_.pop_front();
      auto result = page.result.get();
      if (!result.ok()) return result.status();
      const bool whole = result->whole;
      if (absl::Status s = Finish(page.walked, *std::move(result)); !s.ok()) return s;
      if (whole) continue;
      pages_.clear();  // waits: what follows is asked anew from where this page was left
      after = at_.reached;
      more = true;
    }
    return absl::OkStatus();
  }

 private:
  JoinTerms Terms() const { return {.as_of = at_.as_of, .since = work_.since}; }
  Patience PagePatience() const {
    return {.deadline = std::min(patience_.deadline, std::chrono::steady_clock::now() + kPageLimit),
            .cancelled = patience_.cancelled};
  }

  absl::StatusOr<WalkAnswer> Walk(const HomePlace& after) const {
    const JoinQuery& query = work_.request.query;
    const WalkQuery walk{.after = after,
                         .filter = query.filter,
                         .limit = query.measure ? work_.pace.measured_probes : work_.pace.probes};
    return work_.collection.Walk(walk, Terms(), PagePatience());
  }

  void Ask(WalkAnswer walked) {
    Page page{.walked = std::move(walked), .result = {}};
    std::vector<WalkAnswer::Step> steps;
    for (WalkAnswer::Step& step : page.walked.steps) {
      if (WasThere(step.place.id, step.version)) steps.push_back(std::move(step));
    }
    page.walked.steps.clear();
    page.result = std::async(std::launch::async,
                             [this, steps = std::move(steps), at = at_.probe,
                              partner = at_.partner] { return AskPage(steps, at, partner); });
    pages_.push_back(std::move(page));
  }

  // Whether that version was the one of as_of.
  bool WasThere(absl::string_view id, uint64_t version) const {
    const uint32_t p = PartitionOf(id, work_.collection.Partitions());
    return p < at_.as_of.next.size() && version <= at_.as_of.next[p];
  }

  // On a thread of its own.
  absl::StatusOr<PageResult> AskPage(const std::vector<WalkAnswer::Step>& steps,
                                     const std::optional<HomePlace>& left_at,
                                     const HomePlace& left_partner) const {
    JoinQuery query = work_.request.query;
    query.max_pairs = work_.pace.max_pairs;
    std::vector<JoinProbe> probes;
    for (const WalkAnswer::Step& step : steps) {
      probes.push_back(
          {.after = left_at == step.place ? left_partner : step.place, .fixes = step.fixes});
    }
    PageResult out;
    for (size_t from = 0; from < probes.size();) {
      const auto rest = absl::MakeConstSpan(probes).subspan(from);
      auto answer = work_.collection.Probe(rest, query, Terms(), PagePatience());
      if (!answer.ok()) return answer.status();
      if (absl::Status s = CheckParams(*answer); !s.ok()) return s;
      WritePairs(*answer, steps, from, out);
      if (answer->complete) break;
      const JoinPair& last = answer->pairs.back();
      from += last.probe;
      probes[from].after = last.partner;
      if (out.lines.size() < work_.pace.page_bytes) continue;
      out.whole = false;
      out.reached = from > 0 ? steps[from - 1].place : HomePlace();
      out.probe = steps[from].place;
      out.partner = last.partner;
      break;
    }
    return out;
  }

  absl::Status CheckParams(const JoinAnswer& answer) const {
    if (work_.request.query.measure || !answer.params || answer.params == at_.params) {
      return absl::OkStatus();
    }
    return absl::FailedPreconditionError(
        "the collection was indexed anew by other parameters, and scores by both cannot be "
        "compared: begin the join again");
  }

  void WritePairs(const JoinAnswer& answer, const std::vector<WalkAnswer::Step>& steps, size_t from,
                  PageResult& out) const {
    const bool measured = work_.request.query.measure.has_value();
    JsonWriter w;
    for (const JoinPair& pair : answer.pairs) {
      if (!WasThere(pair.partner.id, pair.version)) continue;
      w.BeginObject();
      w.Member("a", steps[from + pair.probe].place.id);
      w.Member("b", pair.partner.id);
      w.Key(measured ? "distance_m" : "score");
      measured ? w.Rounded(pair.distance_m, 3) : w.Double(pair.score);
      w.Member("direction", pair.direction == Direction::kOpposite ? "opposite" : "same");
      w.EndObject();
      w.EndLine();
      ++out.pairs;
    }
    out.lines += w.Take();
  }

  absl::Status Finish(const WalkAnswer& walked, PageResult result) {
    at_.pairs += result.pairs;
    at_.probe = std::move(result.probe);
    at_.partner = std::move(result.partner);
    if (result.whole) {
      at_.reached = walked.reached;
      at_.done += walked.looked_at;
    } else if (result.reached != HomePlace()) {
      at_.reached = std::move(result.reached);
    }
    return sink_(result.lines, at_);
  }

  const JoinWork& work_;
  JoinCheckpoint at_;
  const JoinSink& sink_;
  const Patience& patience_;
  std::deque<Page> pages_;  // last: the futures wait for threads that use all above
};

}  // namespace

absl::Status RunJoin(const JoinWork& work, JoinCheckpoint at, const JoinSink& sink,
                     const Patience& patience) {
  return JoinRunner(work, std::move(at), sink, patience).Run();
}

}  // namespace spoor
