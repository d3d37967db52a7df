#include "router/jobs/job_run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "proto/job.pb.h"
#include "router/jobs/new_job.h"
#include "router/message/json_writer.h"
#include "router/reads/get.h"
#include "router/reads/map.h"
#include "router/reads/similar.h"
#include "router/reads/walk.h"
#include "shard/questions/join_messages.h"
#include "shard/rpc/call.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

// The frozen list of a selection: a part that is no result.
constexpr absl::string_view kListPart = "_selected";
constexpr absl::string_view kSelectStep = "select";
constexpr uint64_t kFlushBytes = 1 << 20;  // of rows of a part
constexpr size_t kIdsAtOnce = 1000;
// A page takes no longer, or something is stuck: then it is asked again.
constexpr std::chrono::minutes kMapLimit(10);

std::string EncodeReached(const HomePlace& reached) {
  v1::MapCheckpoint out;
  EncodePlace(reached, *out.mutable_reached());
  return out.SerializeAsString();
}

absl::StatusOr<HomePlace> DecodeReached(const std::string& bytes) {
  v1::MapCheckpoint in;
  if (!in.ParseFromString(bytes)) return absl::DataLossError("the job's checkpoint is none");
  return DecodePlace(in.reached());
}

uint64_t ResultBytes(const JobRecord& record) {
  uint64_t bytes = 0;
  for (const JobExtent& extent : record.parts) bytes += extent.bytes;
  return bytes;
}

}  // namespace

// Of what is asked of nodes, only what says so may be asked again.
bool IsNoRoom(const absl::Status& status) {
  return absl::IsResourceExhausted(status) && !RetryAfter(status).has_value();
}

bool IsPassing(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsAborted(status) || RetryAfter(status).has_value();
}

JobRun::JobRun(JobRecord record, JobPlace place)
    : record_(std::move(record)),
      durable_(record_),
      place_(std::move(place)),
      since_(Clock::now()),
      bytes_(ResultBytes(record_)),
      saved_(since_),
      step_began_(since_) {
  record_.waits.clear();  // of whoever drove it before
  durable_.waits.clear();
}

JobRun::~JobRun() = default;

bool JobRun::WasThere(absl::string_view id, uint64_t version) const {
  return spoor::WasThere(record_.as_of, place_.collection->Partitions(), id, version);
}

absl::Status JobRun::Said(const absl::Status& by_store) {
  lost_ = lost_ || absl::IsAborted(by_store);
  return by_store;
}

absl::Status JobRun::Begin() {
  auto writer = place_.store->Open(record_);
  if (!writer.ok()) return Said(writer.status());
  writer_ = *std::move(writer);
  place_.shown(record_);
  return Select();
}

// --- Steps.

JobStep* JobRun::FindStep(absl::string_view name) {
  const auto found = std::find_if(record_.steps.begin(), record_.steps.end(),
                                  [&](const JobStep& step) { return step.name == name; });
  return found == record_.steps.end() ? nullptr : &*found;
}

void JobRun::BeginStep(JobStep& step, bool again) {
  step_began_ = Clock::now();
  if (step.state == JobStep::State::kRunning && !again) return;
  step.state = JobStep::State::kRunning;
  record_.checkpoint.clear();
  record_.done = 0;
  place_.shown(record_);
}

absl::Status JobRun::EndStep(JobStep& step) {
  if (absl::Status s = Flush(); !s.ok()) return s;
  dirty_ = false;
  got_on_ = true;
  step.state = JobStep::State::kDone;
  step.took_ms +=
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - step_began_).count();
  record_.checkpoint.clear();
  return Save();
}

absl::Status JobRun::Step(absl::string_view name, const std::function<absl::Status()>& work) {
  JobStep* const step = FindStep(name);
  if (step == nullptr) return absl::InternalError(absl::StrCat("the job has no step ", name));
  if (step->state == JobStep::State::kDone) return absl::OkStatus();
  BeginStep(*step, /*again=*/false);
  if (absl::Status s = work(); !s.ok()) return s;
  return EndStep(*step);
}

absl::Status JobRun::Checkpoint(std::string at) {
  if (absl::Status s = Flush(); !s.ok()) return s;
  dirty_ = false;
  got_on_ = true;
  record_.checkpoint = std::move(at);
  if (Clock::now() - saved_ < place_.limits.save_every) {
    place_.shown(record_);
    return absl::OkStatus();
  }
  return Save();
}

void JobRun::Progress(uint64_t done, uint64_t total) {
  record_.done = done;
  record_.total = std::max(total, done);
  place_.shown(record_);
}

// --- Rows.

absl::Status JobRun::Append(absl::string_view part, absl::string_view row) {
  return AppendLines(part, absl::StrCat(row, "\n"), 1);
}

absl::Status JobRun::AppendLines(absl::string_view part, absl::string_view lines, uint64_t rows) {
  if (rows == 0) return absl::OkStatus();
  dirty_ = true;
  bytes_ += lines.size();
  if (bytes_ > place_.limits.max_result_bytes) {
    return absl::FailedPreconditionError(
        absl::StrCat("the result would have more than ", place_.limits.max_result_bytes,
                     " bytes, which is all that a job may have: ask for less"));
  }
  auto at = pending_.find(part);
  if (at == pending_.end()) at = pending_.try_emplace(std::string(part)).first;
  Pending& pending = at->second;
  pending.lines.append(lines.data(), lines.size());
  pending.rows += rows;
  return pending.lines.size() < kFlushBytes ? absl::OkStatus() : Flush();
}

// What was made so far is kept meanwhile, and the disk is left to others.
absl::Status JobRun::AwaitRoom(const std::function<absl::Status()>& look) {
  for (absl::Status room = look(); IsNoRoom(room); room = look()) {
    if (record_.waits.empty()) {
      JobRecord waiting = durable_;
      waiting.waits = std::string(room.message());
      place_.store->Save(waiting).IgnoreError();  // who drives another's job learns of it later
    }
    record_.waits = std::string(room.message());
    place_.shown(record_);
    if (absl::Status s = place_.pause(place_.limits.retry_every); !s.ok()) return s;
  }
  if (record_.waits.empty()) return absl::OkStatus();
  record_.waits.clear();
  place_.shown(record_);
  return absl::OkStatus();
}

absl::Status JobRun::Flush() {
  for (auto& [part, pending] : pending_) {
    if (pending.rows == 0) continue;
    const uint64_t bytes = pending.lines.size();
    absl::Status s = AwaitRoom([&] { return place_.store->CheckRoom(bytes); });
    if (!s.ok()) return s;
    s = writer_->Append(part, pending.lines, pending.rows);
    if (!s.ok()) {
      dirty_ = true;
      return Said(s);
    }
    pending = Pending();
  }
  return absl::OkStatus();
}

// The rows before the record that calls them good.
absl::Status JobRun::Save() {
  auto extents = writer_->Sync();
  if (!extents.ok()) return Said(extents.status());
  record_.parts = *std::move(extents);
  saved_ = Clock::now();
  const auto wish = place_.store->Save(record_);
  if (!wish.ok()) return Said(wish.status());
  record_.wish = *wish;
  durable_ = record_;
  place_.shown(record_);
  if (*wish == JobWish::kCancel || *wish == JobWish::kRemove) {
    return absl::CancelledError("cancelled");
  }
  return absl::OkStatus();
}

absl::Status JobRun::SaveWhereItIs() {
  if (writer_ == nullptr || dirty_ || lost_) return absl::OkStatus();
  return Save();
}

// --- The selection.

absl::Status JobRun::Select() {
  auto selection = SelectionOf(record_.select);
  if (!selection.ok()) return selection.status();
  selected_.filter = selection->filter;
  selected_.is_list = selection->IsList();
  if (!selected_.is_list) return absl::OkStatus();
  absl::Status s = Step(kSelectStep, [&] { return FreezeList(*selection); });
  if (!s.ok()) return s;
  s = LoadList();
  record_.total = selected_.places.size();
  return s;
}

absl::StatusOr<std::vector<std::string>> JobRun::IdsOf(const Selection& selection) {
  if (selection.ids_apart > 0) return IdsApart(selection);
  if (!selection.ids.empty()) return selection.ids;
  if (!selection.job.value().empty()) {
    uint64_t count = 0;
    return IdsOfPart(*place_.store, selection, Selection::kMaxIds, &count);
  }
  Query query = selection.similar->query;
  const ReadTerms terms = TermsOf(this->terms());
  if (!selection.similar->query_id.empty()) {
    const TrajectoryId id(selection.similar->query_id);
    auto found = spoor::Get(*place_.collection, absl::MakeConstSpan(&id, 1), terms, patience());
    if (!found.ok()) return found.status();
    if (!found->answer[0]) {
      return absl::FailedPreconditionError("the query's trajectory does not exist");
    }
    query.fixes = std::move(found->answer[0]->trajectory.fixes);
    query.filter.exclude.push_back(id.value());
  }
  const auto hits = spoor::Search(*place_.collection, query, terms, patience());
  if (!hits.ok()) return hits.status();
  std::vector<std::string> ids;
  for (const Hit& hit : hits->answer.hits) ids.push_back(hit.id.value());
  return ids;
}

absl::StatusOr<std::vector<std::string>> JobRun::IdsApart(const Selection& selection) {
  if (ExtentOf(record_, kIdsPart).rows != selection.ids_apart) {
    return absl::FailedPreconditionError(kIdsNotKept);
  }
  return IdsInPart(*place_.store, record_, kIdsPart);
}

// Where each of them lives; those that were not there as of the job are counted.
absl::Status JobRun::FreezeList(const Selection& selection) {
  auto ids = IdsOf(selection);
  if (!ids.ok()) return ids.status();
  std::sort(ids->begin(), ids->end());
  ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
  const ReadTerms terms = TermsOf(this->terms());
  std::vector<HomePlace> places;
  std::vector<std::string> skipped;
  for (size_t from = 0; from < ids->size(); from += kIdsAtOnce) {
    const size_t to = std::min(ids->size(), from + kIdsAtOnce);
    const std::vector<TrajectoryId> some(ids->begin() + from, ids->begin() + to);
    const auto found = spoor::Get(*place_.collection, some, terms, patience());
    if (!found.ok()) return found.status();
    for (size_t i = 0; i < some.size(); ++i) {
      const auto& record = found->answer[i];
      if (record && WasThere(some[i].value(), record->version)) {
        places.push_back({HomeKey(record->trajectory.view(), some[i].value()), some[i].value()});
      } else {
        skipped.push_back(some[i].value());
      }
    }
    Progress(to, ids->size());
  }
  std::sort(places.begin(), places.end());
  for (const HomePlace& place : places) {
    JsonWriter w;
    w.BeginObject();
    w.Member("home", absl::StrCat(place.home));
    w.Member("id", place.id);
    w.EndObject();
    if (absl::Status s = Append(kListPart, w.Take()); !s.ok()) return s;
  }
  constexpr size_t kSkippedTold = 100;
  JsonWriter w;
  w.BeginObject();
  w.Key("skipped");
  w.BeginObject();
  w.MemberUint("count", skipped.size());
  w.Key("ids");
  w.BeginArray();
  for (size_t i = 0; i < std::min(skipped.size(), kSkippedTold); ++i) w.String(skipped[i]);
  w.EndArray();
  w.EndObject();
  w.EndObject();
  Summarise(w.Take());
  return absl::OkStatus();
}

absl::Status JobRun::LoadList() {
  simdjson::dom::parser parser;
  return ForEachLine(
      *place_.store, record_, kListPart, [&](absl::string_view line) -> absl::Status {
        simdjson::dom::element row;
        std::string_view home, id;
        HomePlace place;
        if (parser.parse(line.data(), line.size()).get(row) != simdjson::SUCCESS ||
            row["home"].get(home) != simdjson::SUCCESS || row["id"].get(id) != simdjson::SUCCESS ||
            !absl::SimpleAtoi(absl::string_view(home.data(), home.size()), &place.home)) {
          return absl::DataLossError("the job's selection is damaged");
        }
        place.id = std::string(id);
        selected_.places.push_back(std::move(place));
        return absl::OkStatus();
      });
}

// --- Mapping.

absl::StatusOr<MapAnswer> JobRun::MapOnce(const Mapping& mapping, const HomePlace& after) {
  MapQuery query{.mapper = std::string(mapping.mapper),
                 .params = mapping.params,
                 .after = after,
                 .filter = selected_.filter,
                 .only = {},
                 .max_bytes = place_.limits.map_bytes,
                 .as_of = record_.as_of,
                 .partitions = place_.collection->Partitions()};
  bool more_places = false;
  if (selected_.is_list) {
    const auto& places = selected_.places;
    const auto begin = std::upper_bound(places.begin(), places.end(), after);
    if (begin == places.end()) return MapAnswer{.rows = {}, .reached = after};
    const auto end = begin + std::min<ptrdiff_t>(MapQuery::kMaxOnly, places.end() - begin);
    query.only.assign(begin, end);
    more_places = end != places.end();
  }
  const Patience page{.deadline = std::min(patience().deadline, Clock::now() + kMapLimit),
                      .cancelled = patience().cancelled};
  auto answer = spoor::Map(*place_.collection, query, terms(), page);
  if (answer.ok() && !answer->more && more_places) {
    answer->more = true;
    answer->reached = query.only.back();
  }
  return answer;
}

// Asks until it is answered: what an exchange has brought together is not given up for a node that
// is away for a while, or busy.
absl::StatusOr<MapAnswer> JobRun::MapPage(const Mapping& mapping, const HomePlace& after) {
  const auto until = Clock::now() + place_.limits.give_up_after;
  for (;;) {
    auto page = MapOnce(mapping, after);
    if (page.ok() || !IsPassing(page.status()) || Clock::now() > until) return page;
    if (absl::Status s = place_.pause(place_.limits.retry_every); !s.ok()) return s;
  }
}

absl::Status JobRun::MapFrom(const Mapping& mapping, HomePlace after, const Take& take) {
  for (bool more = true; more;) {
    if (absl::Status s = patience().Check(); !s.ok()) return s;
    const auto page = MapPage(mapping, after);
    if (!page.ok()) return page.status();
    if (absl::Status s = take(*page); !s.ok()) return s;
    after = page->reached;
    more = page->more;
  }
  return absl::OkStatus();
}

absl::Status JobRun::Map(const Mapping& mapping, const Take& take) {
  const auto after = DecodeReached(record_.checkpoint);
  if (!after.ok()) return after.status();
  return MapFrom(mapping, *after, [&](const MapAnswer& page) -> absl::Status {
    if (absl::Status s = take(page); !s.ok()) return s;
    Advance(page.looked_at);
    return Checkpoint(EncodeReached(page.reached));
  });
}

absl::Status JobRun::MapAll(const Mapping& mapping, const Take& take) {
  return MapFrom(mapping, HomePlace(), [&](const MapAnswer& page) -> absl::Status {
    if (absl::Status s = take(page); !s.ok()) return s;
    Advance(page.looked_at);
    return absl::OkStatus();
  });
}

absl::Status JobRun::Exchange(absl::string_view name, const Mapping& mapping, Spool& spool) {
  JobStep* const step = FindStep(name);
  if (step == nullptr) return absl::InternalError(absl::StrCat("the job has no step ", name));
  const size_t next = static_cast<size_t>(step - record_.steps.data()) + 1;
  if (next < record_.steps.size() && record_.steps[next].state == JobStep::State::kDone) {
    return absl::OkStatus();
  }
  BeginStep(*step, /*again=*/true);
  absl::Status s = MapFrom(mapping, HomePlace(), [&](const MapAnswer& page) -> absl::Status {
    for (const MapRow& row : page.rows) {
      if (absl::Status added = spool.Add(row); !added.ok()) return added;
    }
    Advance(page.looked_at);
    got_on_ = true;
    // Nothing to go on from, but others see how far it is.
    return Clock::now() - saved_ < place_.limits.save_every ? absl::OkStatus() : Save();
  });
  if (!s.ok()) return s;
  if (s = spool.Sort(); !s.ok()) return s;
  return EndStep(*step);
}

absl::Status JobRun::EachRow(Spool& spool,
                             const std::function<absl::Status(const MapRow& row)>& take) {
  constexpr uint64_t kRowsBetweenLooks = 256;  // at the patience
  MapRow row;
  for (uint64_t done = 0;; ++done) {
    if (done % kRowsBetweenLooks == 0) {
      if (absl::Status s = patience().Check(); !s.ok()) return s;
      Progress(done, spool.rows());
    }
    const auto more = spool.Next(&row);
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (absl::Status s = take(row); !s.ok()) return s;
  }
  Progress(spool.rows(), spool.rows());
  return absl::OkStatus();
}

std::unique_ptr<Spool> JobRun::MakeSpool(absl::string_view name) {
  return std::make_unique<Spool>(
      absl::StrCat(place_.spool_dir, name), place_.limits.memory_bytes, [this](uint64_t bytes) {
        return AwaitRoom([&] { return place_.spool_disk->Check(bytes); });
      });
}

}  // namespace spoor
