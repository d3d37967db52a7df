#include "router/reads/routed_collection.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/node.pb.h"
#include "router/message/written_to.h"
#include "router/reads/count.h"
#include "shard/questions/node_messages.h"

namespace spoor {
namespace {

// How many placements a read goes by before it gives up.
constexpr int kPlacements = 4;

}  // namespace

RoutedCollection::RoutedCollection(std::string name, std::shared_ptr<RoutingSource> source,
                                   std::shared_ptr<CollectionLog> log, Alarms& alarms,
                                   const RoutedOptions& options)
    : source_(std::move(source)),
      log_(std::move(log)),
      with_{.collection = std::move(name), .alarms = alarms, .options = options} {
  for (auto& hedging : with_.hedging) hedging = std::make_shared<Hedging>(options.hedging);
  // Counting and waiting are no reads: a second replica would not be quicker.
  with_.hedging[static_cast<size_t>(ReadKind::kOther)] = nullptr;
}

RoutedCollection::~RoutedCollection() = default;

RoutedCollection::RoutedPtr RoutedCollection::Current() const {
  auto routing = source_->Current();
  {
    const MutexLock lock(mu_);
    if (routed_ != nullptr && routed_->IsOf(routing)) return routed_;
  }
  auto routed = std::make_shared<const Routed>(std::move(routing), with_);
  const MutexLock lock(mu_);
  routed_ = routed;
  return routed;
}

// Asks by the placement in force, and again when a node knows another one.
template <typename Asking>
absl::Status RoutedCollection::AskRouted(const ReadTerms& terms, const Patience& patience,
                                         Asking ask) const {
  for (int placement = 0; placement < kPlacements; ++placement) {
    const RoutedPtr routed = Current();
    if (terms.written && terms.written->position.log_id != routed->routing().log_id) {
      return absl::FailedPreconditionError("the token is of another log");
    }
    const absl::Status asked = ask(*routed);
    if (!CurrentEpoch(asked)) return asked;
    const absl::Status refreshed = source_->Refresh(routed->epoch(), patience);
    if (!refreshed.ok()) return refreshed;
  }
  return absl::UnavailableError("the nodes do not agree on where the slots are");
}

absl::Status RoutedCollection::Ask(RoutedRead& read, const ReadTerms& terms,
                                   const Patience& patience) const {
  return AskRouted(terms, patience, [&](const Routed& routed) { return read.By(routed); });
}

std::optional<IndexParams> RoutedCollection::Params() const {
  const Held<Routing> routing = source_->Current();
  return routing->params;
}

uint64_t RoutedCollection::LogId() const {
  const auto routing = source_->Current();
  return routing->log_id;
}

absl::StatusOr<CollectionCounts> RoutedCollection::Count(const Patience& patience) const {
  CountRead read(patience);
  if (absl::Status s = Ask(read, {}, patience); !s.ok()) return s;
  return std::move(read.counts);
}

// What would be lost is not taken.
absl::Status RoutedCollection::CheckLog(const Routing& routing) const {
  if (routing.stuck.empty()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "no node follows the log of collection '", with_.collection,
      "' any more, until an operator makes another (spoor cluster republish): ", routing.stuck));
}

void RoutedCollection::Write(std::vector<Trajectory> batch, Written done) {
  const auto routing = source_->Current();
  if (absl::Status s = CheckLog(*routing); !s.ok()) return done(s);
  HomeSet homes = HomesOf(batch, routing->placement.cuts);
  log_->Write(std::move(batch), [homes = std::move(homes),
                                 done = std::move(done)](absl::StatusOr<LogPosition> position) {
    if (!position.ok()) return done(position.status());
    done(WrittenTo{.position = *std::move(position), .homes = homes});
  });
}

void RoutedCollection::Delete(std::vector<Engine::Deletion> items, Written done) {
  const auto routing = source_->Current();
  if (absl::Status s = CheckLog(*routing); !s.ok()) return done(s);
  log_->Delete(std::move(items), [done = std::move(done)](absl::StatusOr<LogPosition> position) {
    if (!position.ok()) return done(position.status());
    done(WrittenTo{.position = *std::move(position),
                   .homes = HomeSet::All()});  // nobody knows where they were
  });
}

void RoutedCollection::ChangeIf(ConditionalChange change, Written done) {
  const auto routing = source_->Current();
  if (absl::Status s = CheckLog(*routing); !s.ok()) return done(s);
  HomeSet homes = HomeSet::All();
  if (change.record) homes = HomesOf({*change.record}, routing->placement.cuts);
  log_->ChangeIf(std::move(change), [homes = std::move(homes),
                                     done = std::move(done)](absl::StatusOr<LogPosition> position) {
    if (!position.ok()) return done(position.status());
    done(WrittenTo{.position = *std::move(position), .homes = homes});
  });
}

absl::Status RoutedCollection::AwaitApplied(const WrittenTo& written, Applied where,
                                            const Patience& patience) const {
  v1::WaitRequest request;
  Encode(written.position, request);
  request.set_collection(with_.collection);
  const Call wait{
      .method = "wait", .body = request.SerializeAsString(), .epoch = 0, .trace_parent = {}};
  const auto ask = [&](const Routed& routed) -> absl::Status {
    std::vector<Question> questions;
    for (Channel* channel : routed.ChannelsTo(written.homes, where)) {
      questions.push_back({.channel = channel, .call = wait});
      questions.back().call.epoch = routed.epoch();
    }
    absl::Status all;
    for (const Answer& answer : AskAll(std::move(questions), patience)) {
      if (CurrentEpoch(answer.status())) return answer.status();
      all.Update(answer.status());
    }
    return all;
  };
  return AskRouted({.written = written, .max_staleness_ms = std::nullopt, .allow_partial = false},
                   patience, ask);
}

}  // namespace spoor
