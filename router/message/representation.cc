#include "router/message/representation.h"

#include <string>
#include <vector>

#include "router/message/accept.h"
#include "router/message/request.h"

namespace spoor {
namespace {

struct RepresentationRow {
  Representation representation;
  absl::string_view media_type, content_type;
};

using As = Representation;
constexpr RepresentationRow kRepresentations[] = {
    {As::kDocument, "application/json", "application/json"},
    {As::kGeoJson, "application/geo+json", "application/geo+json"},
    {As::kLines, "application/x-ndjson", "application/x-ndjson"},
    {As::kCsv, "text/csv", "text/csv; charset=utf-8"},
    {As::kGpx, "application/gpx+xml", "application/gpx+xml"},
    {As::kMfJson, "application/vnd.ogc.mf+json", "application/vnd.ogc.mf+json"},
    {As::kEvents, "text/event-stream", "text/event-stream"},
    {As::kOpenMetrics, "application/openmetrics-text",
     "application/openmetrics-text; version=1.0.0; charset=utf-8"},
    {As::kPrometheus, "text/plain", "text/plain; version=0.0.4; charset=utf-8"},
};

constexpr bool RowsStandInOrder() {
  for (size_t i = 0; i < std::size(kRepresentations); ++i) {
    if (static_cast<size_t>(kRepresentations[i].representation) != i) return false;
  }
  return true;
}
static_assert(RowsStandInOrder());

}  // namespace

absl::string_view MediaTypeOf(Representation representation) {
  return kRepresentations[static_cast<size_t>(representation)].media_type;
}

absl::string_view ContentTypeOf(Representation representation) {
  return kRepresentations[static_cast<size_t>(representation)].content_type;
}

std::optional<Representation> ChooseRepresentation(const ApiRequest& request,
                                                   absl::Span<const Representation> offered) {
  if (offered.empty()) return Representation::kDocument;
  const std::string* accept = FindHeader(request, "accept");
  if (accept == nullptr) return offered[0];
  std::vector<absl::string_view> types;
  for (const Representation each : offered) types.push_back(MediaTypeOf(each));
  if (const auto chosen = ChooseMediaType(*accept, types)) return offered[*chosen];
  if (ChooseMediaType(*accept, {"application/problem+json"})) return offered[0];
  return std::nullopt;
}

}  // namespace spoor
