#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "router/api/route.h"
#include "router/ingest/record_upload.h"
#include "router/message/accept.h"
#include "router/message/problem.h"
#include "router/message/read_params.h"
#include "router/message/request_filter.h"
#include "router/message/request_search.h"
#include "shard/meta/cluster_state.h"

namespace spoor {
namespace {

constexpr absl::string_view kResults[] = {"rejected", "all"};
constexpr absl::string_view kCodings[] = {"identity", "gzip", "zstd"};

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

}  // namespace

StreamUpload::Terms ReadUploadTerms(const ApiCall& call, Problems& problems) {
  StreamUpload::Terms terms;
  terms.ack = static_cast<Ack>(ChoiceParam(call.target, "ack", kAcks, problems));
  terms.before = TokenParam(call.target, problems);
  terms.list_all = ChoiceParam(call.target, "results", kResults, problems) == 1;
  return terms;
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

bool FindOrMakeLater(const ApiCall& call, const std::optional<WrittenTo>& before,
                     UploadTarget& into, ApiResponse* refusal) {
  const std::string& name = call.names[0];
  auto existing = call.cluster.Find(name);
  const uint64_t log_id = existing.ok() ? (*existing)->LogId() : 0;
  if (before &&
      (existing.ok() ? before->position.log_id != log_id : absl::IsNotFound(existing.status()))) {
    *refusal = ForeignToken();
    return false;
  }
  if (existing.ok()) {
    into.collection = *std::move(existing);
    return true;
  }
  if (!absl::IsNotFound(existing.status())) {
    *refusal = RefuseFind(name, existing.status());
    return false;
  }
  if (!IsCollectionName(name)) {
    *refusal = RefuseCreate(name, absl::InvalidArgumentError("no name of a collection"));
    return false;
  }
  into.first_batch_decides = call.cluster.FirstBatchDecides();
  into.make = [&cluster = call.cluster, name, patience = call.patience](ApiResponse* failed) {
    auto made = cluster.Create(name, std::nullopt, patience);
    if (made.ok()) return std::move(made->collection);
    *failed = RefuseCreate(name, made.status());
    return CollectionPtr();
  };
  return true;
}

std::unique_ptr<Upload> MakeUpload(const ApiCall& call, ApiResponse* refusal) {
  Problems problems;
  UploadOrder order{.read = {}, .terms = ReadUploadTerms(call, problems)};
  order.read = ReadOptionsFromParams(call.target, call.limits, problems);
  if (!problems.ok()) {
    *refusal = problems.Response();
    return nullptr;
  }
  StreamUpload::Stream stream;
  stream.reader = MakeReader(call, order.read, refusal);
  if (stream.reader == nullptr) return nullptr;
  stream.inflater = MakeBodyInflater(call, refusal);
  if (stream.inflater == nullptr) return nullptr;
  if (!FindOrMakeLater(call, order.terms.before, stream.into, refusal)) return nullptr;
  return std::make_unique<RecordUpload>(std::move(stream), std::move(order), call.limits,
                                        call.patience, call.metrics);
}

}  // namespace spoor
