#include "router/jobs/join_run.h"

#include <algorithm>
#include <deque>
#include <future>
#include <optional>
#include <utility>
#include <vector>

#include "proto/join.pb.h"
#include "router/jobs/join_lines.h"
#include "router/reads/probe.h"
#include "router/reads/walk.h"
#include "shard/map/mapper.h"
#include "shard/questions/join_messages.h"

namespace spoor {
namespace {

// A page takes no longer, or something is stuck: then it is asked again.
constexpr std::chrono::minutes kPageLimit(10);

// Records that are next to each other in the walk, each of which asks for its partners.
struct Page {
  HomePlace reached;  // by the walk
  uint64_t looked_at = 0;
  std::vector<HomePlace> places;
  std::vector<JoinProbe> probes;  // of these; one that has got some partners goes on behind them
  size_t asked = 0;               // that have got all of theirs

  // What it came to when it was asked last.
  struct Result {
    std::string lines;
    uint64_t pairs = 0;
    size_t asked = 0;   // probes that have got all of theirs; less than there are:
    HomePlace partner;  // the next one has got them up to this one
  };
  std::future<absl::StatusOr<Result>> result;
};

class JoinRunner {
 public:
  JoinRunner(const JoinWork& work, JoinCheckpoint at, const JoinSink& sink,
             const Patience& patience)
      : work_(work), at_(std::move(at)), sink_(sink), patience_(patience), walked_(at_.reached) {}

  absl::Status Run() {
    absl::Status status = AskMore();
    while (status.ok() && !pages_.empty()) {
      auto result = pages_.front().result.get();
      if (!result.ok()) return result.status();
      Advance(*result);
      // What follows is asked before the lines are written, so that nobody waits for the disk.
      if (pages_.front().asked < pages_.front().probes.size()) {
        Ask(pages_.front());
      } else {
        pages_.pop_front();
      }
      status = AskMore();
      status.Update(sink_(result->lines, result->pairs, at_));
    }
    return status;
  }

 private:
  JoinTerms Terms() const { return {.as_of = work_.as_of, .since = work_.since}; }
  Patience PagePatience() const {
    return {.deadline = std::min(patience_.deadline, std::chrono::steady_clock::now() + kPageLimit),
            .cancelled = patience_.cancelled};
  }

  absl::Status AskMore() {
    const JoinQuery& query = work_.query;
    while (more_ && pages_.size() < work_.pace.pages_at_once) {
      const WalkQuery walk{.after = walked_,
                           .filter = query.filter,
                           .limit = query.measure ? work_.pace.measured_probes : work_.pace.probes};
      auto walked = Walk(work_.collection, walk, Terms(), PagePatience());
      if (!walked.ok()) return walked.status();
      walked_ = walked->reached;
      more_ = walked->more;
      Ask(pages_.emplace_back(PageOf(*std::move(walked))));
    }
    return absl::OkStatus();
  }

  Page PageOf(WalkAnswer walked) const {
    Page page;
    page.reached = std::move(walked.reached);
    page.looked_at = walked.looked_at;
    for (WalkAnswer::Step& step : walked.steps) {
      if (!WasThere(step.place.id, step.version)) continue;
      page.probes.push_back({.after = at_.probe == step.place ? at_.partner : step.place,
                             .fixes = std::move(step.fixes)});
      page.places.push_back(std::move(step.place));
    }
    return page;
  }

  // Whether it is selected, and that version was the one of as_of.
  bool WasThere(absl::string_view id, uint64_t version) const {
    if (work_.only != nullptr && !work_.only->contains(id)) return false;
    return spoor::WasThere(work_.as_of, work_.collection.Partitions(), id, version);
  }

  void Ask(Page& page) {
    page.result = std::async(std::launch::async, [this, &page] { return Answered(page); });
  }

  // On a thread of its own, with the page for itself.
  absl::StatusOr<Page::Result> Answered(Page& page) const {
    JoinQuery query = work_.query;
    query.max_pairs = work_.pace.max_pairs;
    Page::Result out{.asked = page.asked};
    while (out.asked < page.probes.size()) {
      const auto rest = absl::MakeConstSpan(page.probes).subspan(out.asked);
      auto answer = Probe(work_.collection, rest, query, Terms(), PagePatience());
      if (!answer.ok()) return answer.status();
      if (absl::Status s = CheckParams(*answer); !s.ok()) return s;
      std::vector<bool> told;
      for (const JoinPartner& p : answer->partners) told.push_back(WasThere(p.place.id, p.version));
      out.pairs += AppendJoinLines(*answer, absl::MakeConstSpan(page.places).subspan(out.asked),
                                   told, query.measure.has_value(), out.lines);
      if (answer->complete) {
        out.asked = page.probes.size();
        break;
      }
      const JoinPair& last = answer->pairs.back();
      out.asked += last.probe;
      out.partner = page.probes[out.asked].after = answer->PlaceOf(last);
      if (out.lines.size() >= work_.pace.page_bytes) break;
    }
    return out;
  }

  absl::Status CheckParams(const JoinAnswer& answer) const {
    if (work_.query.measure || !answer.params || answer.params == work_.params) {
      return absl::OkStatus();
    }
    return absl::FailedPreconditionError(
        "the collection was indexed anew by other parameters, and scores by both cannot be "
        "compared: begin the join again");
  }

  // The checkpoint goes to where the first page has got.
  void Advance(const Page::Result& result) {
    Page& page = pages_.front();
    const uint64_t told = std::min<uint64_t>(result.asked - page.asked, page.looked_at);
    at_.done += told;
    page.looked_at -= told;
    page.asked = result.asked;
    if (page.asked < page.probes.size()) {
      if (page.asked > 0) at_.reached = page.places[page.asked - 1];
      at_.probe = page.places[page.asked];
      at_.partner = result.partner;
      return;
    }
    at_.reached = page.reached;
    at_.done += page.looked_at;
    at_.probe.reset();
    at_.partner = HomePlace();
  }

  const JoinWork& work_;
  JoinCheckpoint at_;
  const JoinSink& sink_;
  const Patience& patience_;
  HomePlace walked_;  // up to here there are pages
  bool more_ = true;
  std::deque<Page> pages_;  // last: the futures wait for threads that use all above
};

}  // namespace

std::string EncodeJoinCheckpoint(const JoinCheckpoint& checkpoint) {
  v1::JoinCheckpoint out;
  EncodePlace(checkpoint.reached, *out.mutable_reached());
  if (checkpoint.probe) {
    EncodePlace(*checkpoint.probe, *out.mutable_probe());
    EncodePlace(checkpoint.partner, *out.mutable_partner());
  }
  return out.SerializeAsString();
}

absl::StatusOr<JoinCheckpoint> DecodeJoinCheckpoint(const std::string& bytes) {
  v1::JoinCheckpoint in;
  if (!in.ParseFromString(bytes)) return absl::DataLossError("the join's checkpoint is none");
  JoinCheckpoint out{.reached = DecodePlace(in.reached()), .probe = {}, .partner = {}};
  if (in.has_probe()) out.probe = DecodePlace(in.probe());
  out.partner = DecodePlace(in.partner());
  return out;
}

absl::Status RunJoin(const JoinWork& work, JoinCheckpoint at, const JoinSink& sink,
                     const Patience& patience) {
  return JoinRunner(work, std::move(at), sink, patience).Run();
}

}  // namespace spoor
