#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/format/reader.h"
#include "router/api/api.h"
#include "router/cluster.h"
#include "router/ingest/object_turns.h"
#include "router/ingest/stream_upload.h"
#include "router/message/json_reader.h"
#include "router/message/representation.h"
#include "router/message/target.h"
#include "router/metrics/metrics.h"

namespace spoor {

using CollectionPtr = std::shared_ptr<ClusterCollection>;

// One request on its way through the Api: borrowed, checked as far as the route's row tells.
struct ApiCall {
  const ApiRequest& request;
  const Target& target;
  const std::vector<std::string>& names;  // what the pattern's braces stand for, in order
  const Patience& patience;
  Cluster& cluster;
  const ApiLimits& limits;
  Metrics& metrics;
  ObjectTurns& turns;
  Jobs* jobs = nullptr;             // null: this process keeps none
  const JsonValue* body = nullptr;  // null when the route takes none, or none was sent
  Representation wanted = Representation::kDocument;  // of those that the route offers

  bool wants_geojson() const { return wanted == Representation::kGeoJson; }
};

enum class BodyKind : uint8_t { kNone, kJson, kOptionalJson, kUpload };

// One row of the table of everything that the API serves.  GET rows serve HEAD too.
struct Route {
  absl::string_view method;
  absl::string_view pattern;  // "/v1/jobs/{id}"
  BodyKind body = BodyKind::kNone;
  std::vector<Representation> answers;  // the first unless the client prefers another; none: empty
  std::vector<absl::string_view>
      params;  // the query parameters besides timeout_ms; "column." is a prefix
  ApiResponse (*serve)(const ApiCall& call) = nullptr;  // null: an upload
  // Of an upload: null, with `refusal` set, when it cannot start.
  std::unique_ptr<Upload> (*start)(const ApiCall& call, ApiResponse* refusal) = nullptr;
  int not_valid = 422;  // the status of a parameter that is not; 400 where a standard wants that
};

absl::Span<const Route> AllRoutes();
// Whether the path asks how the process does, which is answered however busy it is.
bool IsProbePath(absl::string_view path);

RouteMatch FindRoute(absl::string_view method, const Target& target);

// The rows' functions, by file.
ApiResponse ServeHealth(const ApiCall& call);  // api_probes.cc
ApiResponse ServeReady(const ApiCall& call);
ApiResponse ServeMetrics(const ApiCall& call);
ApiResponse ServeAsset(const ApiCall& call);            // asset.cc
ApiResponse ServeListCollections(const ApiCall& call);  // api_collections.cc
ApiResponse ServePutCollection(const ApiCall& call);
ApiResponse ServeGetCollection(const ApiCall& call);
ApiResponse ServeDropCollection(const ApiCall& call);
ApiResponse ServeCluster(const ApiCall& call);  // api_cluster.cc
ApiResponse ServeTune(const ApiCall& call);     // api_jobs.cc
ApiResponse ServeListJobs(const ApiCall& call);
ApiResponse ServeGetJob(const ApiCall& call);
ApiResponse ServeCancelJob(const ApiCall& call);
ApiResponse ServeStartJob(const ApiCall& call);
ApiResponse ServeResumeJob(const ApiCall& call);
ApiResponse ServeJobResult(const ApiCall& call);  // api_results.cc
ApiResponse ServeJobPart(const ApiCall& call);
ApiResponse ServeJobEvents(const ApiCall& call);         // job_events.cc
ApiResponse ServeListTrajectories(const ApiCall& call);  // api_trajectories.cc
ApiResponse ServeDeleteWhere(const ApiCall& call);
ApiResponse ServeGetTrajectory(const ApiCall& call);  // api_record.cc
ApiResponse ServePutTrajectory(const ApiCall& call);
ApiResponse ServeDeleteTrajectory(const ApiCall& call);
ApiResponse ServeSimilar(const ApiCall& call);  // api_searching.cc
ApiResponse ServeRange(const ApiCall& call);
ApiResponse ServeMotifs(const ApiCall& call);      // api_motifs.cc
ApiResponse ServeOgcLanding(const ApiCall& call);  // ogc.cc
ApiResponse ServeOgcConformance(const ApiCall& call);
ApiResponse ServeOgcCollections(const ApiCall& call);
ApiResponse ServeOgcCollection(const ApiCall& call);
ApiResponse ServeOgcItems(const ApiCall& call);  // ogc_items.cc
ApiResponse ServeOgcItem(const ApiCall& call);
ApiResponse ServeOgcTimes(const ApiCall& call);
// Uploads, checked like any other call.
std::unique_ptr<Upload> MakeUpload(const ApiCall& call, ApiResponse* refusal);     // api_writing.cc
std::unique_ptr<Upload> MakeFixUpload(const ApiCall& call, ApiResponse* refusal);  // api_fixes.cc
// What its query says of any upload.
StreamUpload::Terms ReadUploadTerms(const ApiCall& call, Problems& problems);
// What the body of an upload is packed with; null, with `refusal` set, when that is not known.
std::unique_ptr<Inflater> MakeBodyInflater(const ApiCall& call, ApiResponse* refusal);
// Where its records go.  A collection that is not there is made by the first record that is
// accepted: what brings none makes none.  False, with `refusal` set, when it cannot be used or
// `before` is of another one.
bool FindOrMakeLater(const ApiCall& call, const std::optional<WrittenTo>& before,
                     UploadTarget& into, ApiResponse* refusal);

// The collection that the path names first; null, with `refusal` set, when there is none, or it
// cannot be opened.
CollectionPtr CollectionOf(const ApiCall& call, ApiResponse* refusal);  // api_collections.cc
// Why Cluster::Find, or Cluster::Create, has failed.
ApiResponse RefuseFind(absl::string_view name, const absl::Status& status);
ApiResponse RefuseCreate(absl::string_view name, const absl::Status& status);

}  // namespace spoor
