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

constexpr absl::string_view kListed[] = {"rejected", "all"};
constexpr absl::string_view kLinesType = "application/x-ndjson";

FeedOrder ReadFeedOrder(const ApiCall& call, const FeedParams& params, Problems& problems) {
  FeedOrder order;
  order.terms = {.rules = params.rules, .ends = params.seal == Seal::kObjects};
  order.seal_all = params.seal == Seal::kAll;
  order.ack = static_cast<Ack>(ChoiceParam(call.target, "ack", kAcks, problems));
  order.before = TokenParam(call.target, problems);
  order.list_all = ChoiceParam(call.target, "results", kListed, problems) == 1;
  return order;
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
  FixUpload::Parts parts;
  parts.collection_name = call.names[0];
  parts.reader = MakeFixLineReader({.read = read, .max_accuracy_m = params.max_accuracy_m});
  parts.inflater = MakeBodyInflater(call, refusal);
  if (parts.inflater == nullptr) return nullptr;
  if (!FindOrMakeLater(call, order.before, parts.into, refusal)) return nullptr;
  parts.order = std::move(order);
  return std::make_unique<FixUpload>(
      std::move(parts), call.limits, call.patience,
      FixUpload::Around{.turns = call.turns, .metrics = call.metrics});
}

}  // namespace spoor
