#include "router/jobs/job_order.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "router/message/token.h"

namespace spoor {
namespace {

// Null when there is none, which is a problem.
const Kind* ReadType(ObjectReader& object, Problems& problems) {
  std::vector<absl::string_view> names;
  for (const Kind* kind : AllKinds()) names.push_back(kind->name);
  const auto type = object.OneOf("type", names);
  if (!type && problems.ok()) problems.Add("/type", "", absl::StrJoin(names, ", "));
  return type ? AllKinds()[*type] : nullptr;
}

}  // namespace

bool ReadJobOrder(const JsonValue& body, const ApiLimits& limits, JobOrder& order,
                  ApiResponse* refusal) {
  Problems problems;
  ObjectReader object(body, problems);
  order.kind = ReadType(object, problems);
  const auto select = object.Find("select");
  const auto params = object.Find("params");
  const auto token = object.Text("token");
  order.keep_for_s =
      object.Uint("keep_for_s", 0, JobOrder::kMaxKeepForS).value_or(order.keep_for_s);
  object.Finish();
  if (order.kind != nullptr && !select && !order.kind->selects_by_itself && problems.ok()) {
    problems.Add("/select", "", "{\"filter\": …} or {\"all\": true}, or a list of some kind");
  }
  order.select = R"({"all":true})";
  if (select) {
    if (!ReadSelection(*select, limits, order.selection, problems, refusal)) return false;
    order.select = select->Json();
  }
  if (order.kind != nullptr) {
    JsonWriter filled;
    order.kind->read(params ? &*params : nullptr, filled, problems);
    order.params = filled.Take();
  }
  if (token) {
    order.written = DecodeToken(*token);
    if (!order.written) problems.Add("/token", Quoted(*token), "the token of a write's answer");
  }
  if (!problems.ok()) *refusal = problems.Response();
  return problems.ok();
}

absl::StatusOr<JobOrder> JobOrderOf(const std::string& body) {
  JsonDocument document;
  if (absl::Status s = document.Parse(body); !s.ok()) return s;
  JobOrder order;
  ApiResponse refusal;
  if (ReadJobOrder(document.root(), ApiLimits(), order, &refusal)) return order;
  return absl::InvalidArgumentError("the request of the job is not valid in this version");
}

}  // namespace spoor
