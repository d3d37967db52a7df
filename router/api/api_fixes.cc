#include "absl/strings/str_cat.h"
#include "engine/format/fix_lines.h"
#include "router/api/route.h"
#include "router/ingest/fix_upload.h"
#include "router/message/accept.h"
#include "router/message/feed_params.h"
#include "router/message/problem.h"
#include "router/message/read_params.h"
#include "router/message/request_filter.h"
#include "router/message/request_search.h"

namespace spoor {
namespace {

constexpr absl::string_view kLinesType = "application/x-ndjson";

FeedOrder ReadFeedOrder(const ApiCall& call, const FeedParams& params, Problems& problems) {
  return {.feed = {.rules = params.rules, .ends = params.seal == Seal::kObjects},
          .seal_all = params.seal == Seal::kAll,
          .terms = ReadUploadTerms(call, problems)};
}

}  // namespace

std::unique_ptr<Upload> MakeFixUpload(const ApiCall& call, ApiResponse* refusal) {
  Problems problems;
  const FeedParams params = ReadFeedParams(call.target, problems);
  const ReadOptions read = ReadOptionsFromParams(call.target, call.limits, problems);
  FeedOrder order = ReadFeedOrder(call, params, problems);
  if (!problems.ok()) {
    *refusal = problems.Response();
    return nullptr;
  }
  const std::string* type = FindHeader(call.request, "content-type");
  if (type == nullptr || BareMediaType(*type) != kLinesType) {
    *refusal = Problem(
        415, "unsupported-media-type", absl::StrCat("fixes come as ", kLinesType, ", one a line"),
        {{"Content-Type", type == nullptr ? "" : Shortened(*type), std::string(kLinesType)}});
    return nullptr;
  }
  StreamUpload::Stream stream;
  stream.reader = MakeFixLineReader({.read = read, .max_accuracy_m = params.max_accuracy_m});
  stream.inflater = MakeBodyInflater(call, refusal);
  if (stream.inflater == nullptr) return nullptr;
  if (!FindOrMakeLater(call, order.terms.before, stream.into, refusal)) return nullptr;
  return std::make_unique<FixUpload>(std::move(stream), std::move(order), call.limits,
                                     call.patience,
                                     FixUpload::Around{call.names[0], call.turns, call.metrics});
}

}  // namespace spoor
