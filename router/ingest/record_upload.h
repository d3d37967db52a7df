#pragma once

#include <optional>
#include <string>
#include <vector>

#include "router/ingest/stream_upload.h"

namespace spoor {

// What the head of an upload asks for.
struct UploadOrder {
  ReadOptions read;
  StreamUpload::Terms terms;
};

// Batches of records.
class RecordUpload : public StreamUpload {
 public:
  RecordUpload(Stream stream, UploadOrder order, const ApiLimits& limits, const Patience& patience,
               Metrics& metrics);

 private:
  void Take(ParsedRecord record) override;
  void SendHeld() override;
  std::optional<WrittenTo> Written() const override;
  std::string AcceptedText() const override;
  void WriteCounts(JsonWriter& w) const override;
  void WriteMore(JsonWriter& w) const override;
  // Deletes what an earlier batch has written as if it were whole.
  void Withdraw(const std::string& id);
  void WriteCleaned(JsonWriter& w) const;
  void WriteLayout(JsonWriter& w) const;
  uint64_t Accepted() const;

  const bool cleans_;
  std::vector<Trajectory> batch_;
  size_t batch_fixes_ = 0;
  bool decides_;
  uint64_t withdrawn_ = 0;
  std::optional<WrittenTo> withdrawn_to_;
};

}  // namespace spoor
