#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "router/api/route.h"
#include "router/message/json_writer.h"

namespace spoor {

// The read paths of OGC API - Features (Part 1: Core, 17-069r4) and of OGC API - Moving Features
// (Part 1: Core, 22-003r3), below /ogc: what map programs find a server by.  A collection is one of
// moving features, a trajectory a feature with its line, and its times are a sequence of one
// temporal geometry.

struct OgcLink {
  absl::string_view rel, type;
  std::string path;  // from the root: "/ogc/collections"
};
// {"href", "rel", "type"}; absolute where the client has said how it found the server.
void WriteOgcLink(const ApiCall& call, const OgcLink& link, JsonWriter& w);

// "/ogc/collections/{c}" and what follows.
std::string OgcCollectionPath(absl::string_view collection, absl::string_view rest = "");
// The path and query of the call itself, with another cursor where one is given.
std::string OgcSelf(const ApiCall& call, absl::string_view cursor = "");

inline constexpr absl::string_view kOgcJson = "application/json";
inline constexpr absl::string_view kOgcGeoJson = "application/geo+json";

}  // namespace spoor
