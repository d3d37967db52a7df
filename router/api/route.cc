#include "router/api/route.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace spoor {
namespace {

// Literal patterns stand before those with braces that match them too.
const std::vector<Route>& Table() {
  using enum BodyKind;
  using enum Representation;
  static const auto* const routes = new std::vector<Route>{
      {"GET", "/healthz", kNone, {kDocument}, {}, &ServeHealth},
      {"GET", "/readyz", kNone, {kDocument}, {}, &ServeReady},
      {"GET", "/metrics", kNone, {kOpenMetrics, kPrometheus}, {}, &ServeMetrics},
      {"GET", "/openapi.json", kNone, {kDocument}, {}, &ServeAsset},
      {"GET", "/v1/cluster", kNone, {kDocument}, {}, &ServeCluster},
      {"GET",
       "/v1/jobs",
       kNone,
       {kDocument},
       {"collection", "type", "state", "limit", "cursor"},
       &ServeListJobs},
      {"GET", "/v1/jobs/{id}", kNone, {kDocument}, {}, &ServeGetJob},
      {"DELETE", "/v1/jobs/{id}", kNone, {kDocument}, {}, &ServeCancelJob},
      {"POST", "/v1/jobs/{id}/resume", kNone, {kDocument}, {}, &ServeResumeJob},
      {"GET",
       "/v1/jobs/{id}/result",
       kNone,
       {kDocument, kLines, kGeoJson, kCsv, kGpx, kMfJson},
       {"limit", "cursor"},
       &ServeJobResult},
      {"GET",
       "/v1/jobs/{id}/result/{part}",
       kNone,
       {kDocument, kLines, kGeoJson, kCsv, kGpx, kMfJson},
       {"limit", "cursor"},
       &ServeJobPart},
      {"GET", "/v1/jobs/{id}/events", kNone, {kEvents}, {}, &ServeJobEvents},
      {"GET", "/v1/collections", kNone, {kDocument}, {"limit", "cursor"}, &ServeListCollections},
      {"PUT", "/v1/collections/{c}", kOptionalJson, {kDocument}, {}, &ServePutCollection},
      {"GET", "/v1/collections/{c}", kNone, {kDocument}, {}, &ServeGetCollection},
      {"DELETE", "/v1/collections/{c}", kNone, {}, {}, &ServeDropCollection},
      {"POST", "/v1/collections/{c}/tune", kOptionalJson, {kDocument}, {"wait_ms"}, &ServeTune},
      {"POST", "/v1/collections/{c}/jobs", kJson, {kDocument}, {"wait_ms"}, &ServeStartJob},
      {"POST",
       "/v1/collections/{c}/trajectories",
       kUpload,
       {kDocument},
       {"ack", "token", "results", "clean", "max_speed_mps", "preset", "column.", "id", "row_ids",
        "source", "delimiter", "decimal", "time_unit", "time_format", "time_zone"},
       nullptr,
       &MakeUpload},
      {"POST",
       "/v1/collections/{c}/fixes",
       kUpload,
       {kDocument},
       {"lateness_s", "gap_s", "dwell_s", "dwell_m", "min_length_m", "max_fixes", "max_accuracy_m",
        "seal", "ack", "token", "results", "time_unit", "time_format", "time_zone"},
       nullptr,
       &MakeFixUpload},
      {"GET",
       "/v1/collections/{c}/trajectories",
       kNone,
       {kDocument, kGeoJson, kLines, kCsv, kGpx, kMfJson},
       {"bbox", "time", "object", "limit", "cursor", "consistency", "token", "max_staleness_ms"},
       &ServeListTrajectories},
      {"POST",
       "/v1/collections/{c}/trajectories/delete",
       kJson,
       {kDocument},
       {},
       &ServeDeleteWhere},
      {"GET",
       "/v1/collections/{c}/trajectories/{id}",
       kNone,
       {kDocument, kGeoJson, kLines, kCsv, kGpx, kMfJson},
       {"consistency", "token", "max_staleness_ms"},
       &ServeGetTrajectory},
      {"PUT", "/v1/collections/{c}/trajectories/{id}", kJson, {}, {"token"}, &ServePutTrajectory},
      {"DELETE",
       "/v1/collections/{c}/trajectories/{id}",
       kNone,
       {},
       {"token"},
       &ServeDeleteTrajectory},
      {"POST",
       "/v1/collections/{c}/search/similar",
       kJson,
       {kDocument, kGeoJson},
       {},
       &ServeSimilar},
      {"POST", "/v1/collections/{c}/search/range", kJson, {kDocument, kGeoJson}, {}, &ServeRange},
      {"POST", "/v1/collections/{c}/search/motifs", kJson, {kDocument, kGeoJson}, {}, &ServeMotifs},
      {"GET", "/ogc", kNone, {kDocument}, {}, &ServeOgcLanding, nullptr, 400},
      {"GET", "/ogc/conformance", kNone, {kDocument}, {}, &ServeOgcConformance, nullptr, 400},
      {"GET", "/ogc/collections", kNone, {kDocument}, {}, &ServeOgcCollections, nullptr, 400},
      {"GET", "/ogc/collections/{c}", kNone, {kDocument}, {}, &ServeOgcCollection, nullptr, 400},
      {"GET",
       "/ogc/collections/{c}/items",
       kNone,
       {kGeoJson, kDocument},
       {"bbox", "datetime", "limit", "cursor"},
       &ServeOgcItems,
       nullptr,
       400},
      {"GET",
       "/ogc/collections/{c}/items/{id}",
       kNone,
       {kGeoJson, kDocument},
       {},
       &ServeOgcItem,
       nullptr,
       400},
      {"GET",
       "/ogc/collections/{c}/items/{id}/tgsequence",
       kNone,
       {kDocument},
       {"bbox", "datetime", "limit", "leaf", "subTrajectory"},
       &ServeOgcTimes,
       nullptr,
       400},
  };
  return *routes;
}

// Whether the path fits; names gets what the braces stand for.
bool Fits(absl::string_view pattern, const std::vector<std::string>& segments,
          std::vector<std::string>& names) {
  names.clear();
  size_t i = 0;
  for (const absl::string_view piece : absl::StrSplit(pattern.substr(1), '/')) {
    if (i == segments.size()) return false;
    if (absl::StartsWith(piece, "{")) {
      if (segments[i].empty()) return false;
      names.push_back(segments[i]);
    } else if (piece != segments[i]) {
      return false;
    }
    ++i;
  }
  return i == segments.size();
}

}  // namespace

absl::Span<const Route> AllRoutes() { return Table(); }

bool IsProbePath(absl::string_view path) {
  return path == "/healthz" || path == "/readyz" || path == "/metrics";
}

RoutedRequest::RoutedRequest() : target_(absl::InvalidArgumentError("no request")) {}

RoutedRequest::RoutedRequest(ApiRequest request)
    : request_(std::move(request)), target_(ParseTarget(request_.target)) {
  if (target_.ok()) match_ = FindRoute(request_.method, *target_);
}

bool RoutedRequest::is_upload() const {
  return match_.route != nullptr && match_.route->body == BodyKind::kUpload;
}

bool RoutedRequest::is_probe() const {
  return target_.ok() && target_->segments.size() == 1 &&
         IsProbePath(absl::StrCat("/", target_->segments[0]));
}

RouteMatch FindRoute(absl::string_view method, const Target& target) {
  if (method == "HEAD") method = "GET";
  RouteMatch match;
  std::vector<absl::string_view> allow;
  std::vector<std::string> names;
  for (const Route& route : Table()) {
    if (!Fits(route.pattern, target.segments, names)) continue;
    if (route.method == method && match.route == nullptr) {
      match.route = &route;
      match.names = names;
    }
    if (std::find(allow.begin(), allow.end(), route.method) != allow.end()) continue;
    allow.push_back(route.method);
    if (route.method == "GET") allow.push_back("HEAD");
  }
  match.allow = absl::StrJoin(allow, ", ");
  return match;
}

}  // namespace spoor
