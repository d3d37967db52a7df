#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/format/reader.h"
#include "router/ingest/upload.h"
#include "router/ingest/upload_failure.h"
#include "router/ingest/upload_report.h"
#include "router/ingest/write_window.h"

namespace spoor {

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
    UploadTarget into;
    std::unique_ptr<Inflater> inflater;
    std::unique_ptr<Reader> reader;
    UploadOrder order;
  };
  RecordUpload(Parts parts, const ApiLimits& limits, const Patience& patience, Metrics& metrics);

  absl::Status Feed(absl::string_view bytes) override;
  void Break(absl::string_view why) override { Fail(BrokenBody(why)); }
  ApiResponse Finish() override;

 private:
  absl::Status Read(absl::string_view bytes);
  void Take(ParsedRecord record);
  // Deletes what an earlier batch has written as if it were whole.
  void Withdraw(const std::string& id);
  void SendBatch();
  bool OpenWindow();  // false: the collection cannot be made
  void FinishStream();
  void Fail(UploadFailure failure);  // the first one counts
  void WriteCounts(JsonWriter& w);
  void WriteCleaned(JsonWriter& w) const;
  void WriteLayout(JsonWriter& w) const;
  std::optional<WrittenTo> Written() const;  // absent: nothing yet
  uint64_t Accepted() const;
  ApiResponse Answer();

  Parts parts_;
  const Patience patience_;
  Metrics& metrics_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  UploadReport report_;
  std::vector<Trajectory> batch_;
  size_t batch_fixes_ = 0;
  bool decides_;
  std::optional<UploadFailure> failure_;
  uint64_t withdrawn_ = 0;
  std::optional<WrittenTo> withdrawn_to_;
  std::optional<ApiResponse> refusal_;  // of the collection
  // From the first batch on; goes first: the collection must outlive what is in flight.
  std::optional<WriteWindow> window_;
};

}  // namespace spoor
