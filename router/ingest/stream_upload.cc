#include "router/ingest/stream_upload.h"

#include <utility>

#include "router/message/token.h"
#include "router/message/written_to.h"

namespace spoor {

StreamUpload::StreamUpload(Stream stream, Terms terms, const ApiLimits& limits,
                           const Patience& patience, const Counted& counted)
    : stream_(std::move(stream)),
      terms_(std::move(terms)),
      patience_(patience),
      counted_(counted),
      report_(terms_.list_all, limits.max_answer_bytes) {}

void StreamUpload::Fail(UploadFailure failure) {
  if (!failure_) failure_ = std::move(failure);
}

absl::Status StreamUpload::Feed(absl::string_view bytes) {
  if (!failure_) {
    const absl::Status fed =
        stream_.inflater->Feed(bytes, [this](absl::string_view piece) { return Read(piece); });
    if (!fed.ok()) Fail(FailureToRead(fed));
  }
  if (!failure_) AfterFeeding();
  if (failure_) return absl::CancelledError(failure_->detail);
  return absl::OkStatus();
}

absl::Status StreamUpload::Read(absl::string_view bytes) {
  if (const absl::Status in_time = patience_.Check(); !in_time.ok()) {
    Fail(FailureToWrite(in_time));
    return in_time;
  }
  BeforeReading();
  const absl::Status read = stream_.reader->Feed(bytes, [this](ParsedRecord record) {
    if (!failure_) Take(std::move(record));
  });
  if (read.ok() && failure_) return absl::CancelledError("");
  return read;
}

bool StreamUpload::OpenWindow() {
  if (window_) return true;
  ApiResponse refusal;
  if (stream_.into.collection == nullptr) stream_.into.collection = stream_.into.make(&refusal);
  if (stream_.into.collection != nullptr) {
    window_.emplace(*stream_.into.collection, patience_, metrics());
    return true;
  }
  Fail({.status = refusal.status, .detail = "the collection cannot be made"});
  refusal_ = std::move(refusal);
  return false;
}

std::optional<WrittenTo> StreamUpload::Written() const {
  return window_ ? window_->written() : std::nullopt;
}

void StreamUpload::WriteToken(JsonWriter& w) const {
  if (auto written = Written()) {
    w.Member("token", EncodeToken(WithBefore(*std::move(written), terms_.before)));
  }
}

void StreamUpload::FinishStream() {
  const absl::Status ended = stream_.inflater->Finish();
  if (!ended.ok()) return Fail(FailureToRead(ended));
  const absl::Status read = stream_.reader->Finish([this](ParsedRecord record) {
    if (!failure_) Take(std::move(record));
  });
  if (!read.ok()) Fail(FailureToRead(read));
}

ApiResponse StreamUpload::Finish() {
  if (!failure_) FinishStream();
  if (!failure_ || failure_->status == 400) SendHeld();  // what was read well before the break
  if (!failure_) End();
  if (window_) {
    if (const absl::Status drained = window_->Drain(); !drained.ok()) Fail(FailureToWrite(drained));
  }
  ApiResponse response = Answer();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
  metrics().CountRequest(counted_.route, response.status, took.count());
  return response;
}

ApiResponse StreamUpload::Answer() {
  if (refusal_) return *std::move(refusal_);
  if (failure_) {
    return ProblemOf(*failure_, AcceptedText(), [this](JsonWriter& w) { WriteCounts(w); });
  }
  const auto written = Written();
  const Ack acked = written ? AwaitAck(*collection(), *written, terms_.ack, patience_) : terms_.ack;
  JsonWriter w;
  w.BeginObject();
  WriteCounts(w);
  w.Member("acked", kAcks[static_cast<size_t>(acked)]);
  WriteMore(w);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start_;
  w.Key("took_ms");
  w.Rounded(took.count(), 3);
  report_.WriteMembers(w);
  w.EndObject();
  return {.status = 200, .content_type = "application/json", .headers = {}, .body = w.Take()};
}

}  // namespace spoor
