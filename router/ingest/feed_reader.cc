#include "router/ingest/feed_reader.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// How long whoever stops it may have to wait.
constexpr milliseconds kLook{100};
// How long the first message of a part waits for others: few commits against quick answers.
constexpr milliseconds kGather{500};

}  // namespace

FeedReader::FeedReader(std::unique_ptr<KafkaFeed> feed, std::string topic,
                       const FeedPartOptions& options, std::function<bool()> stopped)
    : feed_(std::move(feed)),
      topic_(std::move(topic)),
      options_(options),
      stopped_(std::move(stopped)) {}

absl::StatusOr<bool> FeedReader::Next(Part* part) {
  *part = Part();
  pieces_.clear();
  uint64_t line = 1;
  Clock::time_point first = Clock::now();
  while (!stopped_() && part->bytes.size() < options_.part_bytes) {
    if (!AddWaiting(part, &line)) break;
    if (options_.until_end && feed_->AtEnd()) break;
    if (!pieces_.empty() && Clock::now() - first > kGather) break;
    absl::StatusOr<std::vector<FeedMessage>> messages =
        feed_->Read(kLook, options_.part_bytes - part->bytes.size());
    if (!messages.ok()) return messages.status();
    if (pieces_.empty()) first = Clock::now();
    for (FeedMessage& message : *messages) waiting_.push_back(std::move(message));
    if (!AddWaiting(part, &line)) break;
  }
  if (!part->bytes.empty() || !part->deleted.empty()) return true;
  // Messages without anything in them are done with.
  if (absl::Status s = Accepted(0); !s.ok()) return s;
  return uncommitted_.ok() ? absl::StatusOr<bool>(false) : uncommitted_;
}

bool FeedReader::AddWaiting(Part* part, uint64_t* line) {
  while (!waiting_.empty()) {
    if (!part->deleted.empty() && !waiting_.front().is_tombstone) return false;
    Add(std::move(waiting_.front()), part, line);
    waiting_.pop_front();
  }
  return true;
}

void FeedReader::Add(FeedMessage message, Part* part, uint64_t* line) {
  const std::string value = std::exchange(message.value, "");
  if (message.is_tombstone && !message.key.empty()) part->deleted.push_back(message.key);
  bytes_read_ += value.size();
  part->bytes += value;
  if (!value.empty() && value.back() != '\n') part->bytes += '\n';
  pieces_.push_back(
      {.message = std::move(message), .end = part->bytes.size(), .first_line = *line});
  *line += static_cast<uint64_t>(std::count(value.begin(), value.end(), '\n')) +
           (!value.empty() && value.back() != '\n');
}

absl::Status FeedReader::Accepted(size_t bytes) {
  for (const Piece& piece : pieces_) {
    if (piece.end <= bytes) feed_->Accept(piece.message);
  }
  // A broker that is away costs nothing but reading again: the next commit says it all.
  uncommitted_ = feed_->Commit();
  return absl::OkStatus();
}

LinePlace FeedReader::PlaceOf(uint64_t line) const {
  const Piece* found = nullptr;
  for (const Piece& piece : pieces_) {
    if (piece.first_line <= line) found = &piece;
  }
  if (found == nullptr) return {.file = topic_, .line = line};
  return {.file = absl::StrCat(topic_, "/", found->message.partition, "@", found->message.offset),
          .line = line - found->first_line + 1};
}

}  // namespace spoor
