#include <memory>
#include <optional>

#include "engine/format/geojson_feature.h"
#include "engine/format/make_readers.h"
#include "engine/format/splitter.h"

namespace spoor {
namespace {

constexpr char kRecordSeparator = '\x1E';

// Features one after another, each behind a record separator (RFC 8142).  A stream whose first byte
// is none has a Feature a line, as many programs write it.
class GeoJsonSeqReader : public Reader {
 public:
  explicit GeoJsonSeqReader(const ReadOptions& options) : options_(options) {
    options_.source.clear();  // the number of a feature is another one in each part that is sent
  }

  absl::Status Feed(absl::string_view bytes, const RecordSink& sink) override {
    bytes = skip_bom_(bytes);
    if (bytes.empty()) return absl::OkStatus();
    if (!texts_) texts_.emplace(bytes[0] == kRecordSeparator ? bytes[0] : '\n', max_bytes());
    texts_->Feed(bytes, [&](const auto& text) { Take(text, sink); });
    return absl::OkStatus();
  }
  absl::Status Finish(const RecordSink& sink) override {
    if (texts_) texts_->Finish([&](const auto& text) { Take(text, sink); });
    return absl::OkStatus();
  }

 private:
  size_t max_bytes() const { return options_.max_record_bytes; }

  void Take(const RecordSplitter::Text& text, const RecordSink& sink) {
    sink(text.too_long ? RejectedRecord(text.line, TooLong(text.bytes, options_))
                       : ReadFeature(text.bytes, text.line, options_));
  }

  ReadOptions options_;
  BomSkipper skip_bom_;
  std::optional<RecordSplitter> texts_;  // once the first byte is known
};

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> MakeGeoJsonSeqReader(const ReadOptions& options) {
  if (absl::Status s = RefuseTableOptions(options, "geojson-seq"); !s.ok()) return s;
  return std::make_unique<GeoJsonSeqReader>(options);
}

}  // namespace spoor
