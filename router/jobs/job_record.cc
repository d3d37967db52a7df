#include "router/jobs/job_record.h"

#include <cstring>
#include <random>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/store/codec.h"
#include "engine/store/crc32c.h"
#include "proto/job.pb.h"

namespace spoor {
namespace {

constexpr absl::string_view kRecordMagic = "spoorjr1";

// The parts of a record that have parts themselves.
void EncodeProgress(const JobRecord& record, v1::JobRecord& out) {
  for (const JobStep& step : record.steps) {
    v1::JobRecord::Step& s = *out.add_steps();
    s.set_name(step.name);
    s.set_state(static_cast<uint32_t>(step.state));
    s.set_took_ms(step.took_ms);
  }
  for (const JobExtent& extent : record.parts) {
    v1::JobRecord::Extent& e = *out.add_parts();
    e.set_part(extent.part);
    e.set_rows(extent.rows);
    e.set_bytes(extent.bytes);
    e.set_where(extent.where);
  }
  out.set_done(record.done);
  out.set_total(record.total);
  out.set_checkpoint(record.checkpoint);
}

absl::Status DecodeProgress(const v1::JobRecord& in, JobRecord& record) {
  for (const v1::JobRecord::Step& s : in.steps()) {
    if (s.state() > static_cast<uint32_t>(JobStep::State::kDone)) {
      return absl::DataLossError("the job's record has a step in an unknown state");
    }
    record.steps.push_back({.name = s.name(),
                            .state = static_cast<JobStep::State>(s.state()),
                            .took_ms = s.took_ms()});
  }
  for (const v1::JobRecord::Extent& e : in.parts()) {
    record.parts.push_back(
        {.part = e.part(), .rows = e.rows(), .bytes = e.bytes(), .where = e.where()});
  }
  record.done = in.done();
  record.total = in.total();
  record.checkpoint = in.checkpoint();
  return absl::OkStatus();
}

}  // namespace

JobExtent ExtentOf(const JobRecord& record, absl::string_view part) {
  for (const JobExtent& extent : record.parts) {
    if (extent.part == part) return extent;
  }
  return {.part = std::string(part), .rows = 0, .bytes = 0, .where = {}};
}

JobId NewJobId(absl::string_view type, int64_t now_ms) {
  std::random_device random;
  return JobId(absl::StrCat(type, "-", absl::Hex(now_ms, absl::kZeroPad12), "-",
                            absl::Hex(random(), absl::kZeroPad8)));
}

std::string EncodeJobRecord(const JobRecord& record) {
  v1::JobRecord out;
  out.set_id(record.id.value());
  out.set_type(record.type);
  out.set_collection(record.collection);
  out.set_select(record.select);
  out.set_params(record.params);
  out.set_keep_for_s(record.keep_for_s);
  out.set_log_id(record.as_of.log_id);
  for (const uint64_t next : record.as_of.next) out.add_next(next);
  if (record.index) out.set_index(EncodeIndexParams(*record.index));
  out.set_state(static_cast<uint32_t>(record.state));
  out.set_driver(record.driver);
  out.set_term(record.term);
  EncodeProgress(record, out);
  out.set_summary(record.summary);
  out.set_wish(static_cast<uint32_t>(record.wish));
  out.set_error(record.error);
  out.set_waits(record.waits);
  out.set_created_ms(record.created_ms);
  out.set_ended_ms(record.ended_ms);
  const std::string body = out.SerializeAsString();
  const uint32_t crc = Crc32c(body);
  std::string head(kRecordMagic);
  head.append(reinterpret_cast<const char*>(&crc), sizeof crc);
  return head + body;
}

absl::StatusOr<JobRecord> DecodeJobRecord(absl::string_view bytes) {
  const size_t head = kRecordMagic.size() + sizeof(uint32_t);
  if (!absl::StartsWith(bytes, kRecordMagic) || bytes.size() < head) {
    return absl::DataLossError("this is no record of a job");
  }
  const absl::string_view body = bytes.substr(head);
  uint32_t crc = 0;
  std::memcpy(&crc, bytes.data() + kRecordMagic.size(), sizeof crc);
  v1::JobRecord in;
  if (!HasCrc32c(body, crc) || !in.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return absl::DataLossError("the job's record fails its checksum");
  }
  if (in.state() > static_cast<uint32_t>(JobState::kCancelled) ||
      in.wish() > static_cast<uint32_t>(JobWish::kRemove)) {
    return absl::DataLossError("the job's record has an unknown state");
  }
  JobRecord record;
  record.id = JobId(in.id());
  record.type = in.type();
  record.collection = in.collection();
  record.select = in.select();
  record.params = in.params();
  record.keep_for_s = in.keep_for_s();
  record.as_of = {.log_id = in.log_id(), .next = {in.next().begin(), in.next().end()}};
  if (!in.index().empty()) {
    auto index = DecodeIndexParams(in.index());
    if (!index.ok()) return absl::DataLossError(index.status().message());
    record.index = *std::move(index);
  }
  record.state = static_cast<JobState>(in.state());
  record.driver = in.driver();
  record.term = in.term();
  if (absl::Status s = DecodeProgress(in, record); !s.ok()) return s;
  record.summary = in.summary();
  record.wish = static_cast<JobWish>(in.wish());
  record.error = in.error();
  record.waits = in.waits();
  record.created_ms = in.created_ms();
  record.ended_ms = in.ended_ms();
  return record;
}

}  // namespace spoor
