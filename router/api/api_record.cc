#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/format/reader.h"
#include "router/api/page.h"
#include "router/api/precondition.h"
#include "router/api/route.h"
#include "router/change_in_flight.h"
#include "router/message/accept.h"
#include "router/message/problem.h"
#include "router/message/read_params.h"
#include "router/message/record_json.h"
#include "router/message/request_filter.h"
#include "router/message/request_search.h"
#include "router/message/token.h"
#include "router/message/written_to.h"
#include "router/reads/get.h"
#include "shard/log/log.h"

namespace spoor {
namespace {

// Whether the path names what could be an id; false with `refusal` set.
bool NamesTrajectory(const ApiCall& call, ApiResponse* refusal) {
  const std::string& id = call.names[1];
  if (IsValidName(id)) return true;
  Problems problems;
  problems.Add("{id}", id, std::string(kIdAllowed));
  *refusal = problems.Response();
  return false;
}

ApiResponse UnknownTrajectory() {
  return Problem(404, "unknown-trajectory", "the collection has no trajectory of this id");
}

ApiResponse NotThatVersion() {
  return Problem(412, "precondition-failed",
                 "the trajectory is not what If-Match or If-None-Match asks for; nothing was "
                 "changed");
}

// A look at a record that is about to be deleted.  It only decides what the client is told, so that
// it takes what it gets in a moment.
class LookBefore {
 public:
  LookBefore(const ApiCall& call, const ClusterCollection& collection,
             const std::optional<WrittenTo>& before)
      : id_(call.names[1]), reads_are_current_(collection.ReadsAreCurrent()) {
    const ReadTerms terms{
        .written = before, .max_staleness_ms = std::nullopt, .allow_partial = true};
    Patience moment = call.patience;
    moment.deadline = std::min(moment.deadline, std::chrono::steady_clock::now() + kLookLimit);
    const auto found = Get(collection, absl::MakeConstSpan(&id_, 1), terms, moment);
    nothing_found_ =
        found.ok() && found->report.failed == 0 && found->report.damaged == 0 && !found->answer[0];
    if (found.ok()) seen_ = found->report.seen;
  }

  // It is known that there is none.
  bool IsNot() const { return nothing_found_ && reads_are_current_; }
  // It is known that there was none when this deletion entered the log: all who looked had seen the
  // id's partition up to there.
  bool WasNotBefore(const LogPosition& deleted) const {
    const size_t partitions = deleted.next.size();
    if (!nothing_found_ || partitions == 0 || seen_.log_id != deleted.log_id) return false;
    const uint32_t p = PartitionOf(id_.value(), static_cast<uint32_t>(partitions));
    return p < seen_.next.size() && seen_.next[p] + 1 >= deleted.next[p];
  }

 private:
  static constexpr std::chrono::milliseconds kLookLimit{500};
  const TrajectoryId id_;
  const bool reads_are_current_;
  bool nothing_found_ = false;
  LogPosition seen_;
};

// What a change by id begins with.
struct ChangeById {
  CollectionPtr collection;
  std::optional<WrittenTo> before;
};

bool BeginChange(const ApiCall& call, ChangeById* change, ApiResponse* refusal) {
  Problems problems;
  change->before = TokenParam(call.target, problems);
  if (!problems.ok()) *refusal = problems.Response();
  if (!problems.ok() || !NamesTrajectory(call, refusal)) return false;
  change->collection = CollectionOf(call, refusal);
  if (change->collection == nullptr) return false;
  if (!change->before || change->before->position.log_id == change->collection->LogId())
    return true;
  *refusal = ForeignToken();
  return false;
}

// The version of the record, of which the log has no later one at `end`; 0: there is none.
absl::StatusOr<uint64_t> VersionAt(const LogPosition& end, const ApiCall& call,
                                   const ClusterCollection& collection) {
  const TrajectoryId id(call.names[1]);
  ReadTerms terms;
  if (end.log_id != 0) terms.written = WrittenTo{.position = end, .homes = HomeSet::All()};
  const auto read = Get(collection, absl::MakeConstSpan(&id, 1), terms, call.patience);
  if (!read.ok()) return read.status();
  if (read->report.damaged > 0) return absl::DataLossError("the record is damaged");
  return read->answer[0] ? read->answer[0]->version : 0;
}

// The answer to a conditional change that has been made.
ApiResponse AnswerChanged(const ApiCall& call, const ChangeById& change, const LogPosition& end,
                          const WrittenTo& written) {
  const TrajectoryId id(call.names[1]);
  const auto overtaken =
      change.collection->ChangedBetween(id, end, written.position, call.patience);
  if (!overtaken.ok()) return ProblemFromRead(overtaken.status());
  ApiResponse response = {.status = 204, .content_type = "", .headers = {}, .body = ""};
  if (*overtaken) {
    response = Problem(409, "overtaken",
                       "the change was made, but another one came between it and the version that "
                       "was asked for: read what there is now");
  }
  response.headers.emplace_back("Spoor-Token", EncodeToken(WithBefore(written, change.before)));
  return response;
}

// Makes the change where the condition holds.  `asked` has no version yet.
ApiResponse ChangeWhere(const ApiCall& call, const ChangeById& change,
                        const Precondition& condition, ConditionalChange asked) {
  const bool deletes = !asked.record.has_value();
  const auto end = change.collection->End();
  if (!end.ok()) return ProblemFromRead(end.status());
  const auto version = VersionAt(*end, call, *change.collection);
  if (!version.ok()) return ProblemFromRead(version.status());
  if (deletes && *version == 0) return UnknownTrajectory();
  const uint64_t log_id = change.collection->LogId();
  if (!condition.Holds({.log_id = log_id, .version = *version})) return NotThatVersion();
  asked.version = *version;
  const auto written = ChangeInFlight(*change.collection, std::move(asked)).Wait(call.patience);
  if (absl::IsAborted(written.status())) return NotThatVersion();
  if (!written.ok()) return ProblemFromStatus(written.status());
  if (!deletes) ++call.metrics.records_accepted;
  ApiResponse response = AnswerChanged(call, change, *end, *written);
  if (response.status != 204 || deletes) return response;
  if (*version == 0) response.status = 201;
  const auto& next = written->position.next;
  const uint64_t now = next[PartitionOf(call.names[1], static_cast<uint32_t>(next.size()))];
  response.headers.emplace_back("ETag", EntityTag({.log_id = log_id, .version = now}, ""));
  return response;
}

// The record that the body is; nothing, with `refusal` set, when it is not one of this id.
std::optional<Trajectory> RecordOfBody(const ApiCall& call, ApiResponse* refusal) {
  Problems problems;
  const auto reader =
      (*FindFormat("ndjson"))->make(ReadOptionsFromParams(call.target, call.limits, problems));
  if (!reader.ok()) {
    *refusal = ProblemFromStatus(reader.status());
    return std::nullopt;
  }
  std::string line = call.request.body;  // JSON, hence without line ends in its texts
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::optional<Trajectory> record;
  const auto take = [&](ParsedRecord parsed) {
    if (parsed.trajectory.ok()) {
      record = *std::move(parsed.trajectory);
    } else {
      problems.Add(parsed.error.field, parsed.error.value, parsed.error.allowed);
    }
  };
  absl::Status read = (*reader)->Feed(line, take);
  if (read.ok()) read = (*reader)->Finish(take);
  if (record && record->id.value() != call.names[1]) {
    problems.Add("/id", record->id.value(), "the id of the path");
  }
  if (read.ok() && problems.ok() && record) return record;
  *refusal = read.ok() ? problems.Response() : ProblemFromStatus(read);
  return std::nullopt;
}

ApiResponse ShowTrajectory(const ApiCall& call, const Engine::Found& found,
                           const VersionInLog& version) {
  JsonWriter w;
  switch (call.wanted) {
    case Representation::kDocument:
      WriteRecord(found, VersionText(version), w);
      return AnswerOf(call, w.Take());
    case Representation::kGeoJson:  // one Feature, where others are documents of trips
      WriteTripFeature(found.trajectory, w);
      return AnswerOf(call, w.Take());
    default:
      return AnswerTrip(call, found.trajectory, *FindTripText(call.wanted));
  }
}

// Each form is another entity: "" of the record, "geo", "gpx" and so on.
absl::string_view TagOfForm(Representation form) {
  if (form == Representation::kDocument) return "";
  if (form == Representation::kGeoJson) return "geo";
  return FindTripText(form)->ending.substr(1);
}

}  // namespace

ApiResponse ServeGetTrajectory(const ApiCall& call) {
  Problems problems;
  const ReadTerms terms = TermsFromParams(call.target, problems);
  if (!problems.ok()) return problems.Response();
  ApiResponse refusal;
  if (!NamesTrajectory(call, &refusal)) return refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  const TrajectoryId id(call.names[1]);
  const auto read = Get(*collection, absl::MakeConstSpan(&id, 1), terms, call.patience);
  if (!read.ok()) return ProblemFromRead(read.status());
  if (read->report.damaged > 0) {
    return ProblemFromRead(absl::DataLossError("the record is damaged"));
  }
  const auto& found = read->answer[0];
  if (!found) return UnknownTrajectory();
  const VersionInLog version{.log_id = collection->LogId(), .version = found->version};
  ApiResponse response = ShowTrajectory(call, *found, version);
  if (response.status != 200) return response;
  response.headers.emplace_back("ETag", EntityTag(version, TagOfForm(call.wanted)));
  return response;
}

ApiResponse ServePutTrajectory(const ApiCall& call) {
  const Precondition condition(call.request);
  if (!condition.is_given()) {
    return Problem(428, "precondition-required",
                   "say what the record is to replace: If-Match with its ETag, or If-None-Match: * "
                   "for none; POST to .../trajectories writes whatever there is");
  }
  ApiResponse refusal;
  auto record = RecordOfBody(call, &refusal);
  if (!record) return refusal;
  ChangeById change;
  if (!BeginChange(call, &change, &refusal)) return refusal;
  return ChangeWhere(call, change, condition,
                     {.id = TrajectoryId(call.names[1]), .record = std::move(record)});
}

// Without a condition the deletion goes to the log whatever a read can tell: one that is late, or
// slots that are away, must not keep a record that somebody has deleted.
ApiResponse ServeDeleteTrajectory(const ApiCall& call) {
  ApiResponse refusal;
  ChangeById change;
  if (!BeginChange(call, &change, &refusal)) return refusal;
  const TrajectoryId id(call.names[1]);
  if (const Precondition condition(call.request); condition.is_given()) {
    return ChangeWhere(call, change, condition, {.id = id, .record = std::nullopt});
  }
  const LookBefore look(call, *change.collection, change.before);
  if (look.IsNot()) return UnknownTrajectory();
  std::vector<Engine::Deletion> deletions = {{.id = id, .version = 0}};
  auto written = ChangeInFlight(*change.collection, std::move(deletions)).Wait(call.patience);
  if (!written.ok()) return ProblemFromStatus(written.status());
  ApiResponse response = {.status = 204, .content_type = "", .headers = {}, .body = ""};
  if (look.WasNotBefore(written->position)) response = UnknownTrajectory();
  response.headers.emplace_back("Spoor-Token",
                                EncodeToken(WithBefore(*std::move(written), change.before)));
  return response;
}

}  // namespace spoor
