#include "router/jobs/old_join.h"

#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "engine/store/codec.h"
#include "engine/store/crc32c.h"
#include "proto/join.pb.h"
#include "router/jobs/job_order.h"
#include "router/jobs/join_run.h"
#include "shard/questions/join_messages.h"

namespace spoor {
namespace {

constexpr absl::string_view kJoinMagic = "spoorjb1";

// What was asked for; of a request that this version does not take, as it was: it cannot go on, but
// its result can be read.
void TakeRequest(const std::string& body, JobRecord& record) {
  record.select = R"({"all":true})";
  record.params = "{}";
  const auto order = JobOrderOf(body);
  if (!order.ok()) return;
  record.select = order->select;
  record.params = order->params;
}

}  // namespace

absl::StatusOr<JobRecord> DecodeOldJoin(absl::string_view bytes) {
  const size_t head = kJoinMagic.size() + sizeof(uint32_t);
  if (!absl::StartsWith(bytes, kJoinMagic) || bytes.size() < head) {
    return absl::DataLossError("this is no checkpoint of a join");
  }
  const absl::string_view body = bytes.substr(head);
  uint32_t crc = 0;
  std::memcpy(&crc, bytes.data() + kJoinMagic.size(), sizeof crc);
  v1::JoinCheckpoint in;
  if (!HasCrc32c(body, crc) || !in.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return absl::DataLossError("the checkpoint fails its checksum");
  }
  if (in.state() > static_cast<uint32_t>(JobState::kCancelled)) {
    return absl::DataLossError("the checkpoint has an unknown state");
  }
  JobRecord record;
  record.id = JobId(in.id());
  record.type = "join";
  record.collection = in.collection();
  TakeRequest(in.request(), record);
  record.as_of = {.log_id = in.log_id(), .next = {in.next().begin(), in.next().end()}};
  if (!in.params().empty()) {
    auto index = DecodeIndexParams(in.params());
    if (!index.ok()) return absl::DataLossError(index.status().message());
    record.index = *std::move(index);
  }
  record.state = static_cast<JobState>(in.state());
  record.steps = {
      {.name = std::string(kJoiningStep),
       .state = record.state == JobState::kDone ? JobStep::State::kDone : JobStep::State::kRunning,
       .took_ms = 0}};
  JoinCheckpoint at{.reached = DecodePlace(in.reached()), .probe = {}, .partner = {}};
  if (in.has_probe()) at.probe = DecodePlace(in.probe());
  at.partner = DecodePlace(in.partner());
  record.checkpoint = EncodeJoinCheckpoint(at);
  record.done = in.done();
  record.total = in.total();
  const uint32_t good = in.crc();
  record.parts = {{.part = std::string(kPairsPart),
                   .rows = in.pairs(),
                   .bytes = in.bytes(),
                   .where = std::string(reinterpret_cast<const char*>(&good), sizeof good)}};
  record.error = in.error();
  record.created_ms = in.created_ms();
  record.ended_ms = in.ended_ms();
  return record;
}

}  // namespace spoor
