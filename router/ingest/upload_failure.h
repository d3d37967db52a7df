#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "geo/enum_names.h"
#include "router/cluster.h"
#include "router/message/json_writer.h"
#include "router/message/request.h"

namespace spoor {

// What uploads of all kinds share: where they go, how they fail, and when they are answered.

// How far a write has come before it is answered.
enum class Ack : uint8_t { kLog, kApplied, kAll };
inline constexpr absl::string_view kAcks[] = {"log", "applied", "all"};
static_assert(
    AreNamesOf<Ack>(kAcks, {{Ack::kLog, "log"}, {Ack::kApplied, "applied"}, {Ack::kAll, "all"}}));

// Where an upload goes.
struct UploadTarget {
  std::shared_ptr<ClusterCollection> collection;  // null: there is none yet
  // Makes it for the first batch; null, with `refusal` set, when it cannot.  Unused where there
  // is one.
  std::function<std::shared_ptr<ClusterCollection>(ApiResponse* refusal)> make;
  bool first_batch_decides = false;  // likewise: ClusterCollection::DecidesByNextBatch
};

// Why an upload ended early, as the problem that will be answered.
struct UploadFailure {
  int status = 500;
  absl::string_view name = "internal";
  std::string detail;
  uint32_t retry_after_s = 0;
  std::string cause = {};  // as ApiResponse::cause
};

UploadFailure BrokenBody(absl::string_view why);
UploadFailure FailureToWrite(const absl::Status& status);  // or the time limit
UploadFailure FailureToRead(const absl::Status& status);   // bytes that cannot be read on
ApiResponse ProblemOf(const UploadFailure& failure, absl::string_view accepted_before,
                      std::function<void(JsonWriter&)> more);

// Waits for what is asked, and says how far it came in time.
Ack AwaitAck(const ClusterCollection& collection, const WrittenTo& written, Ack asked,
             const Patience& patience);

}  // namespace spoor
