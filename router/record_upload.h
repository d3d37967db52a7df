#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/format/reader.h"
#include "router/api.h"
#include "router/route.h"
#include "router/upload_report.h"
#include "router/write_window.h"

namespace spoor {

// How far a write has come before it is answered.
enum class Ack : uint8_t { kLog, kApplied, kAll };
inline constexpr absl::string_view kAcks[] = {"log", "applied", "all"};

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
    CollectionPtr collection;
    std::unique_ptr<Inflater> inflater;
    std::unique_ptr<Reader> reader;
    UploadOrder order;
  };
  RecordUpload(Parts parts, const ApiLimits& limits, const Patience& patience, Metrics& metrics);

  absl::Status Feed(absl::string_view bytes) override;
  ApiResponse Finish() override;

 private:
  // Why the upload ended early, as the problem that will be answered.
  struct Failure {
    int status = 500;
    absl::string_view name;
    std::string detail;
    uint32_t retry_after_s = 0;
  };

  absl::Status Read(absl::string_view bytes);
  void Take(ParsedRecord record);
  void SendBatch();
  void FinishStream();
  void Fail(int status, absl::string_view name, absl::string_view detail);
  void FailBy(const absl::Status& status);    // a failed write, or the time limit
  void FailRead(const absl::Status& status);  // bytes that cannot be read on
  void WriteCounts(JsonWriter& w);
  // Waits for what the order asks, and says how far it came in time.
  Ack AwaitAck() const;
  ApiResponse Answer();

  const Parts parts_;
  const Patience patience_;
  Metrics& metrics_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  UploadReport report_;
  std::vector<Trajectory> batch_;
  size_t batch_fixes_ = 0;
  bool decides_ = parts_.collection->DecidesByNextBatch();
  std::optional<Failure> failure_;
  WriteWindow window_;  // goes first: the collection must outlive what is in flight
};

}  // namespace spoor
