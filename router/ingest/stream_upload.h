#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "engine/format/reader.h"
#include "router/ingest/upload.h"
#include "router/ingest/upload_failure.h"
#include "router/ingest/upload_report.h"
#include "router/ingest/write_window.h"

namespace spoor {

// Bytes -> inflater -> reader -> what an upload makes of records -> write window, in the thread
// that feeds.  What is written and how is the upload's own; how it begins, breaks and is answered
// is not.
class StreamUpload : public Upload {
 public:
  struct Stream {
    UploadTarget into;
    std::unique_ptr<Inflater> inflater;
    std::unique_ptr<Reader> reader;
  };
  // What the head of any upload asks for.
  struct Terms {
    Ack ack = Ack::kLog;
    bool list_all = false;
    std::optional<WrittenTo> before;  // the answer's token covers it as well
  };

  absl::Status Feed(absl::string_view bytes) override;
  void Break(absl::string_view why) override { Fail(BrokenBody(why)); }
  ApiResponse Finish() override;

 protected:
  // Of metrics: where it is served.
  struct Counted {
    Metrics& metrics;  // outlive it
    absl::string_view route;
  };
  StreamUpload(Stream stream, Terms terms, const ApiLimits& limits, const Patience& patience,
               const Counted& counted);

  // A record, good or not; none comes after a failure.
  virtual void Take(ParsedRecord record) = 0;
  // Bytes are about to be read, and have been.
  virtual void BeforeReading() {}
  virtual void AfterFeeding() {}
  // Sends what is held.
  virtual void SendHeld() = 0;
  // All was read and sent, and nothing has failed.
  virtual void End() {}
  virtual std::optional<WrittenTo> Written() const;  // absent: nothing yet
  virtual std::string AcceptedText() const = 0;      // "3 records"
  virtual void WriteCounts(JsonWriter& w) const = 0;
  virtual void WriteMore(JsonWriter& /*w*/) const {}

  bool OpenWindow();                 // false: the collection cannot be made
  void Fail(UploadFailure failure);  // the first one counts
  // Of the open object: "token", where something was written.
  void WriteToken(JsonWriter& w) const;

  bool failed() const { return failure_.has_value(); }
  const Patience& patience() const { return patience_; }
  Metrics& metrics() const { return counted_.metrics; }
  const Reader& reader() const { return *stream_.reader; }
  UploadReport& report() { return report_; }
  const UploadReport& report() const { return report_; }
  ClusterCollection* collection() const { return stream_.into.collection.get(); }  // may be null
  bool first_batch_decides() const { return stream_.into.first_batch_decides; }
  std::optional<WriteWindow>& window() { return window_; }
  const std::optional<WriteWindow>& window() const { return window_; }

 private:
  absl::Status Read(absl::string_view bytes);
  void FinishStream();
  ApiResponse Answer();

  Stream stream_;
  const Terms terms_;
  const Patience patience_;
  const Counted counted_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  UploadReport report_;
  std::optional<UploadFailure> failure_;
  std::optional<ApiResponse> refusal_;  // of the collection
  // From what is sent first on; goes first: the collection must outlive what is in flight.
  std::optional<WriteWindow> window_;
};

}  // namespace spoor
