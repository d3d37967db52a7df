#include "router/api/ogc.h"

#include "absl/strings/str_cat.h"
#include "router/api/page.h"
#include "router/message/accept.h"
#include "router/message/problem.h"
#include "router/message/record_json.h"
#include "router/message/target.h"

namespace spoor {
namespace {

constexpr absl::string_view kOpenApiType = "application/vnd.oai.openapi+json;version=3.1";
constexpr absl::string_view kCrs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

// What is claimed is what is there: of Moving Features the classes with writes are not.
constexpr absl::string_view kConformance[] = {
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-movingfeatures-1/1.0/conf/common",
};

// Where the client has found the server; empty where it does not say.  What it says of the scheme
// changes only its own answer.
std::string BaseOf(const ApiCall& call) {
  const std::string* const host = FindHeader(call.request, "host");
  if (host == nullptr || host->empty()) return "";
  const std::string* const scheme = FindHeader(call.request, "x-forwarded-proto");
  return absl::StrCat(scheme != nullptr && *scheme == "https" ? "https" : "http", "://", *host);
}

void WriteExtent(const EngineStats& stats, JsonWriter& w) {
  if (!stats.extent) return;
  w.Key("extent");
  w.BeginObject();
  w.Key("spatial");
  w.BeginObject();
  w.Key("bbox");
  w.BeginArray();
  WriteBox(*stats.extent, w);
  w.EndArray();
  w.Member("crs", kCrs84);
  w.EndObject();
  w.EndObject();
}

// How long it lasts is left out: no collection knows it without looking at all of it.
void WriteOgcCollection(const ApiCall& call, absl::string_view name, const EngineStats& stats,
                        JsonWriter& w) {
  w.BeginObject();
  w.Member("id", name);
  w.Member("title", name);
  w.Member("description", absl::StrCat(stats.trajectories, " trajectories"));
  w.Member("itemType", "movingfeature");
  WriteExtent(stats, w);
  w.Key("crs");
  w.BeginArray();
  w.String(kCrs84);
  w.EndArray();
  w.Key("links");
  w.BeginArray();
  WriteOgcLink(call, {.rel = "self", .type = kOgcJson, .path = OgcCollectionPath(name)}, w);
  WriteOgcLink(call,
               {.rel = "items", .type = kOgcGeoJson, .path = OgcCollectionPath(name, "/items")}, w);
  w.EndArray();
  w.EndObject();
}

}  // namespace

void WriteOgcLink(const ApiCall& call, const OgcLink& link, JsonWriter& w) {
  w.BeginObject();
  w.Member("href", absl::StrCat(BaseOf(call), link.path));
  w.Member("rel", link.rel);
  w.Member("type", link.type);
  w.EndObject();
}

std::string OgcCollectionPath(absl::string_view collection, absl::string_view rest) {
  return absl::StrCat("/ogc/collections/", PercentEncode(collection), rest);
}

std::string OgcSelf(const ApiCall& call, absl::string_view cursor) {
  std::string path;
  for (const std::string& segment : call.target.segments) {
    absl::StrAppend(&path, "/", PercentEncode(segment));
  }
  absl::string_view between = "?";
  const auto add = [&](absl::string_view name, absl::string_view value) {
    absl::StrAppend(&path, between, name, "=", PercentEncode(value));
    between = "&";
  };
  for (const auto& [name, value] : call.target.params) {
    if (cursor.empty() || name != "cursor") add(name, value);
  }
  if (!cursor.empty()) add("cursor", cursor);
  return path;
}

ApiResponse ServeOgcLanding(const ApiCall& call) {
  JsonWriter w;
  w.BeginObject();
  w.Member("title", "spoor");
  w.Member("description", "Trajectories, and who went the same way");
  w.Key("links");
  w.BeginArray();
  for (const OgcLink& link :
       {OgcLink{"self", kOgcJson, "/ogc"}, OgcLink{"service-desc", kOpenApiType, "/openapi.json"},
        OgcLink{"conformance", kOgcJson, "/ogc/conformance"},
        OgcLink{"data", kOgcJson, "/ogc/collections"}}) {
    WriteOgcLink(call, link, w);
  }
  w.EndArray();
  w.EndObject();
  return AnswerOf(call, w.Take());
}

ApiResponse ServeOgcConformance(const ApiCall& call) {
  JsonWriter w;
  w.BeginObject();
  w.Key("conformsTo");
  w.BeginArray();
  for (const absl::string_view each : kConformance) w.String(each);
  w.EndArray();
  w.EndObject();
  return AnswerOf(call, w.Take());
}

// All of them: a server caps how many there are.
ApiResponse ServeOgcCollections(const ApiCall& call) {
  if (const absl::Status known = call.cluster.Ready(); !known.ok()) {  // none is not "no"
    return Problem(503, "not-ready", known.message());
  }
  JsonWriter w;
  w.BeginObject();
  w.Key("links");
  w.BeginArray();
  WriteOgcLink(call, {.rel = "self", .type = kOgcJson, .path = "/ogc/collections"}, w);
  w.EndArray();
  w.Key("collections");
  w.BeginArray();
  for (const std::string& name : call.cluster.Names()) {
    const auto collection = call.cluster.Find(name);
    if (!collection.ok()) continue;  // GET /v1/collections says why
    const auto counts = (*collection)->Count(call.patience);
    if (absl::IsNotFound(counts.status())) continue;
    if (!counts.ok()) return ProblemFromRead(counts.status());
    WriteOgcCollection(call, name, counts->stats, w);
  }
  w.EndArray();
  w.EndObject();
  return AnswerOf(call, w.Take());
}

ApiResponse ServeOgcCollection(const ApiCall& call) {
  ApiResponse refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  const auto counts = collection->Count(call.patience);
  if (!counts.ok()) return ProblemFromRead(counts.status());
  JsonWriter w;
  WriteOgcCollection(call, call.names[0], counts->stats, w);
  return AnswerOf(call, w.Take());
}

}  // namespace spoor
