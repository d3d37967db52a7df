#include <algorithm>

#include "absl/strings/str_cat.h"
#include "router/api/page.h"
#include "router/api/route.h"
#include "router/message/index_params_json.h"
#include "router/message/problem.h"
#include "router/message/record_json.h"
#include "router/message/request_filter.h"
#include "router/message/request_search.h"
#include "router/message/target.h"
#include "router/message/token.h"
#include "shard/meta/cluster_state.h"

namespace spoor {
namespace {

constexpr absl::string_view kCollectionList = "collections";  // of cursors
constexpr absl::string_view kNameAllowed = "1 … 64 of a-z, 0-9, _ and -";

void WriteReindexing(const EngineStats& stats, JsonWriter& w) {
  w.Key("reindexing");
  w.BeginObject();
  w.MemberBool("running", stats.reindexing);
  if (stats.reindexing) {
    w.Key("progress");
    w.Rounded(stats.reindex_progress, 4);
  }
  w.EndObject();
}

void WriteCollection(absl::string_view name, const CollectionCounts& counts, JsonWriter& w) {
  const EngineStats& stats = counts.stats;
  w.BeginObject();
  w.Member("name", name);
  w.Key("index");
  if (stats.params) {
    WriteIndexParams(*stats.params, w);
  } else {
    w.String("auto");
  }
  w.MemberUint("generation", stats.generation);
  w.MemberUint("trajectories", stats.trajectories);
  w.MemberUint("fixes", stats.fixes);
  w.MemberUint("geodabs", stats.geodabs);
  w.Key("bytes");
  w.BeginObject();
  w.MemberUint("disk", stats.disk_bytes);
  w.MemberUint("memory", stats.memory_bytes);
  w.MemberUint("mapped", stats.mapped_bytes);
  w.EndObject();
  w.MemberUint("segments", stats.segments);
  w.Key("extent");
  if (stats.extent) {
    WriteBox(*stats.extent, w);
  } else {
    w.Null();
  }
  WriteReindexing(stats, w);
  w.MemberBool("disk_full", stats.disk_full);
  w.MemberUint("damages", stats.damages);
  w.MemberUint("left_out", stats.left_out);
  w.MemberUint("position", stats.position);
  w.MemberUint("slots", counts.slots);
  w.MemberUint("replicas", counts.replicas);
  w.MemberUint("epoch", counts.epoch);
  w.MemberBool("complete", counts.complete);
  w.EndObject();
}

// What PUT's body asks for; the parameters are absent for auto.
std::optional<IndexParams> ReadCollectionBody(const JsonValue& body, Problems& problems) {
  std::optional<IndexParams> params;
  ObjectReader object(body, problems);
  if (const auto index = object.Find("index")) params = ReadIndexParams(*index, problems);
  if (const auto measure = object.Find("measure")) {
    problems.Add("/measure", measure->Text(),
                 "absent: default measures are not in this version; name one in rerank");
  }
  object.Finish();
  return params;
}

// Of a collection that is there and cannot be opened: who can mend it has to know why.
struct Unusable {
  std::string name, problem;
};

void WriteUnusable(const std::vector<Unusable>& list, JsonWriter& w) {
  if (list.empty()) return;
  w.Key("unusable");
  w.BeginArray();
  for (const Unusable& one : list) {
    w.BeginObject();
    w.Member("name", one.name);
    w.Member("problem", one.problem);
    w.EndObject();
  }
  w.EndArray();
}

}  // namespace

ApiResponse RefuseFind(absl::string_view name, const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return Problem(404, "unknown-collection",
                     absl::StrCat("no collection is called '", Shortened(name), "'"));
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kInternal:
      return Problem(500, "internal", status.message());
    case absl::StatusCode::kUnavailable:
      return Problem(503, "not-ready", status.message());
    default:
      return ProblemFromStatus(status);
  }
}

ApiResponse RefuseCreate(absl::string_view name, const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOutOfRange:
      return Problem(409, "too-many-collections", status.message());
    case absl::StatusCode::kFailedPrecondition:
      return Problem(409, "conflict", status.message());
    case absl::StatusCode::kInvalidArgument: {
      Problems problems;
      if (IsCollectionName(name)) return ProblemFromStatus(status);
      problems.Add("{c}", name, std::string(kNameAllowed));
      return problems.Response();
    }
    default:
      return RefuseFind(name, status);
  }
}

CollectionPtr CollectionOf(const ApiCall& call, ApiResponse* refusal) {
  auto found = call.cluster.Find(call.names[0]);
  if (found.ok()) return *std::move(found);
  *refusal = RefuseFind(call.names[0], found.status());
  return nullptr;
}

ApiResponse ServeListCollections(const ApiCall& call) {
  Problems problems;
  const size_t limit = UintParam(call.target, "limit", {1, kMaxPage}, 100, problems);
  const std::string after = CursorParam(call.target, kCollectionList, problems);
  if (!problems.ok()) return problems.Response();
  if (const absl::Status known = call.cluster.Ready(); !known.ok()) {  // none is not "no"
    return Problem(503, "not-ready", known.message());
  }
  const std::vector<std::string> names = call.cluster.Names();
  auto it = std::upper_bound(names.begin(), names.end(), after);
  JsonWriter w;
  w.BeginObject();
  w.Key("collections");
  w.BeginArray();
  std::string last;
  std::vector<Unusable> unusable;
  for (size_t count = 0; it != names.end() && count < limit; ++it, ++count) {
    last = *it;
    const auto collection = call.cluster.Find(*it);
    if (absl::IsNotFound(collection.status())) continue;  // dropped just now
    if (!collection.ok()) {
      unusable.push_back({*it, std::string(collection.status().message())});
      continue;
    }
    const auto counts = (*collection)->Count(call.patience);
    if (absl::IsNotFound(counts.status())) continue;
    if (!counts.ok()) return ProblemFromRead(counts.status());
    WriteCollection(*it, *counts, w);
  }
  w.EndArray();
  WriteUnusable(unusable, w);
  if (it != names.end()) w.Member("next", EncodeCursor(kCollectionList, last));
  w.EndObject();
  return AnswerOf(call, w.Take());
}

ApiResponse ServePutCollection(const ApiCall& call) {
  Problems problems;
  std::optional<IndexParams> params;
  if (call.body != nullptr) params = ReadCollectionBody(*call.body, problems);
  if (!problems.ok()) return problems.Response();
  const auto made = call.cluster.Create(call.names[0], std::move(params), call.patience);
  if (!made.ok()) return RefuseCreate(call.names[0], made.status());
  const auto counts = made->collection->Count(call.patience);
  if (!counts.ok()) return ProblemFromRead(counts.status());
  JsonWriter w;
  WriteCollection(call.names[0], *counts, w);
  ApiResponse response = AnswerOf(call, w.Take());
  if (made->created) {
    response.status = 201;
    response.headers.emplace_back("Location", absl::StrCat("/v1/collections/", call.names[0]));
  }
  return response;
}

ApiResponse ServeGetCollection(const ApiCall& call) {
  ApiResponse refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  const auto counts = collection->Count(call.patience);
  if (!counts.ok()) return ProblemFromRead(counts.status());
  JsonWriter w;
  WriteCollection(call.names[0], *counts, w);
  return AnswerOf(call, w.Take());
}

ApiResponse ServeDropCollection(const ApiCall& call) {
  const auto found = call.cluster.Find(call.names[0]);  // also one that cannot be opened is dropped
  if (absl::IsNotFound(found.status())) return RefuseFind(call.names[0], found.status());
  const absl::Status dropped = call.cluster.Drop(call.names[0], call.patience);
  if (!dropped.ok() && dropped.code() != absl::StatusCode::kNotFound)
    return ProblemFromStatus(dropped);
  return {.status = 204, .content_type = "", .headers = {}, .body = ""};
}

}  // namespace spoor
