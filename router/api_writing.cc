#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "router/accept.h"
#include "router/problem.h"
#include "router/record_upload.h"
#include "router/request_filter.h"
#include "router/request_search.h"
#include "router/route.h"

namespace spoor {
namespace {

constexpr absl::string_view kResults[] = {"rejected", "all"};
constexpr absl::string_view kBools[] = {"false", "true"};
constexpr absl::string_view kCodings[] = {"identity", "gzip", "zstd"};
constexpr absl::string_view kColumnPrefix = "column.";

UploadOrder ReadOrder(const ApiCall& call, Problems& problems) {
  UploadOrder order;
  order.ack = static_cast<Ack>(ChoiceParam(call.target, "ack", kAcks, problems));
  order.before = TokenParam(call.target, problems);
  order.list_all = ChoiceParam(call.target, "results", kResults, problems) == 1;
  order.read.clean = ChoiceParam(call.target, "clean", kBools, problems) == 1;
  order.read.max_record_bytes = call.limits.max_record_bytes;
  order.read.max_fixes = call.limits.max_fixes;
  if (const std::string* speed = call.target.Param("max_speed_mps")) {
    double mps = 0;
    if (absl::SimpleAtod(*speed, &mps) && mps > 0 && mps <= 1e6) {
      order.read.max_speed_mps = mps;
    } else {
      problems.Add("?max_speed_mps", *speed, "a number above 0, at most 1000000");
    }
  }
  if (const std::string* preset = call.target.Param("preset")) {
    const auto presets = AllPresets();
    order.read.preset = *preset;
    if (std::find(presets.begin(), presets.end(), *preset) == presets.end()) {
      problems.Add("?preset", *preset, absl::StrJoin(presets, ", "));
    }
  }
  for (const auto& [name, value] : call.target.params) {
    absl::string_view key = name;
    if (absl::ConsumePrefix(&key, kColumnPrefix)) order.read.columns[std::string(key)] = value;
  }
  return order;
}

ApiResponse UnsupportedType(absl::string_view type) {
  const auto media_types = absl::StrJoin(
      AllFormats(), ", ",
      [](std::string* out, const FormatEntry& format) { absl::StrAppend(out, format.media_type); });
  return Problem(415, "unsupported-media-type",
                 absl::StrCat("bodies of these types are read: ", media_types),
                 {{"Content-Type", Shortened(type), media_types}});
}

// Null, with `refusal` set, when the body's type or coding is not known or the options do not fit
// it.
std::unique_ptr<Reader> MakeReader(const ApiCall& call, const ReadOptions& options,
                                   ApiResponse* refusal) {
  const std::string* type = FindHeader(call.request, "content-type");
  const std::string bare = type == nullptr ? "" : BareMediaType(*type);
  const auto format = FindFormat(bare);
  if (!absl::StrContains(bare, '/') || !format.ok()) {
    *refusal = UnsupportedType(bare);
    return nullptr;
  }
  auto reader = (*format)->make(options);
  if (reader.ok()) return *std::move(reader);
  *refusal = ProblemFromStatus(reader.status());
  return nullptr;
}

std::unique_ptr<Inflater> MakeBodyInflater(const ApiCall& call, ApiResponse* refusal) {
  const std::string* coding = FindHeader(call.request, "content-encoding");
  auto inflater = MakeInflater(coding == nullptr ? "identity" : BareMediaType(*coding),
                               call.limits.max_upload_bytes);
  if (inflater.ok()) return *std::move(inflater);
  *refusal = Problem(415, "unsupported-media-type", inflater.status().message(),
                     {{"Content-Encoding", Shortened(*coding), absl::StrJoin(kCodings, ", ")}});
  return nullptr;
}

}  // namespace

std::unique_ptr<Upload> MakeUpload(const ApiCall& call, ApiResponse* refusal) {
  Problems problems;
  UploadOrder order = ReadOrder(call, problems);
  if (!problems.ok()) {
    *refusal = problems.Response();
    return nullptr;
  }
  RecordUpload::Parts parts;
  parts.reader = MakeReader(call, order.read, refusal);
  if (parts.reader == nullptr) return nullptr;
  parts.inflater = MakeBodyInflater(call, refusal);
  if (parts.inflater == nullptr) return nullptr;
  auto existing = call.cluster.Find(call.names[0]);
  bool created = false;
  parts.collection = existing.ok() ? *std::move(existing)
                                   : CreateCollection(call, std::nullopt, &created, refusal);
  if (parts.collection == nullptr) return nullptr;
  if (order.before && order.before->position.log_id != parts.collection->LogId()) {
    *refusal = ForeignToken();
    return nullptr;
  }
  parts.order = std::move(order);
  return std::make_unique<RecordUpload>(std::move(parts), call.limits, call.patience, call.metrics);
}

}  // namespace spoor
