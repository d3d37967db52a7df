#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/format/reader.h"
#include "geo/enum_names.h"
#include "router/ingest/upload.h"
#include "router/ingest/upload_report.h"
#include "router/ingest/write_window.h"

namespace spoor {

// How far a write has come before it is answered.
enum class Ack : uint8_t { kLog, kApplied, kAll };
inline constexpr absl::string_view kAcks[] = {"log", "applied", "all"};
static_assert(
    AreNamesOf<Ack>(kAcks, {{Ack::kLog, "log"}, {Ack::kApplied, "applied"}, {Ack::kAll, "all"}}));

// What the head of an upload asks for.
struct UploadOrder {
  ReadOptions read;
  Ack ack = Ack::kLog;
  bool list_all = false;
  std::optional<WrittenTo> before;  // the answer's token covers it as well
};

// Bytes -> inflater -> reader -> batches -> write window, in the thread that feeds.
class RecordUpload : public Upload {
 public:
  struct Parts {
    std::shared_ptr<ClusterCollection> collection;  // null: there is none yet
    // Makes it for the first batch; null, with `refusal` set, when it cannot.  Unused where there
    // is one.
    std::function<std::shared_ptr<ClusterCollection>(ApiResponse* refusal)> make;
    bool first_batch_decides = false;  // likewise: ClusterCollection::DecidesByNextBatch
    std::unique_ptr<Inflater> inflater;
    std::unique_ptr<Reader> reader;
    UploadOrder order;
  };
  RecordUpload(Parts parts, const ApiLimits& limits, const Patience& patience, Metrics& metrics);

  absl::Status Feed(absl::string_view bytes) override;
  void Break(absl::string_view why) override { Fail(400, "not-parseable", why); }
  ApiResponse Finish() override;

 private:
  // Why the upload ended early, as the problem that will be answered.
  struct Failure {
    int status = 500;
    absl::string_view name;
    std::string detail;
    uint32_t retry_after_s = 0;
    std::string cause = {};  // as ApiResponse::cause
  };

  absl::Status Read(absl::string_view bytes);
  void Take(ParsedRecord record);
  // Deletes what an earlier batch has written as if it were whole.
  void Withdraw(const std::string& id);
  void SendBatch();
  bool OpenWindow();  // false: the collection cannot be made
  void FinishStream();
  void Fail(int status, absl::string_view name, absl::string_view detail);
  void FailBy(const absl::Status& status);    // a failed write, or the time limit
  void FailRead(const absl::Status& status);  // bytes that cannot be read on
  void WriteCounts(JsonWriter& w);
  void WriteCleaned(JsonWriter& w) const;
  void WriteLayout(JsonWriter& w) const;
  std::optional<WrittenTo> Written() const;  // absent: nothing yet
  uint64_t Accepted() const;
  // Waits for what the order asks, and says how far it came in time.
  Ack AwaitAck() const;
  ApiResponse Answer();

  Parts parts_;
  const Patience patience_;
  Metrics& metrics_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  UploadReport report_;
  std::vector<Trajectory> batch_;
  size_t batch_fixes_ = 0;
  bool decides_;
  std::optional<Failure> failure_;
  uint64_t withdrawn_ = 0;
  std::optional<WrittenTo> withdrawn_to_;
  std::optional<ApiResponse> refusal_;  // of the collection
  // From the first batch on; goes first: the collection must outlive what is in flight.
  std::optional<WriteWindow> window_;
};

}  // namespace spoor
