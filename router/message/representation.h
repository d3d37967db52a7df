#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace spoor {

struct ApiRequest;

// In what form an answer goes out.
enum class Representation : uint8_t {
  kDocument,  // JSON
  kGeoJson,
  kLines,  // a JSON document a line
  kCsv,
  kGpx,
  kMfJson,  // OGC Moving Features JSON
  kEvents,  // server-sent events
  kOpenMetrics,
  kPrometheus,  // the older format of metrics
};

// "application/geo+json": what Accept calls it.
absl::string_view MediaTypeOf(Representation representation);
// What Content-Type says: the media type, and the version and charset of text.
absl::string_view ContentTypeOf(Representation representation);

// Which of those offered the client prefers; nothing when it takes none.  Whoever takes problems
// takes an answer, too, which is the first: generated clients of what answers without a body say no
// more.  Where nothing is offered, there is no body, and any Accept is right: kDocument.
std::optional<Representation> ChooseRepresentation(const ApiRequest& request,
                                                   absl::Span<const Representation> offered);

}  // namespace spoor
