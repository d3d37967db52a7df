// What is served as it was built in.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/store/crc32c.h"
#include "router/api/openapi_kinds.h"
#include "router/api/route.h"

namespace spoor {
namespace {

struct Asset {
  absl::string_view path, content_type;
  std::string bytes;
  std::string tag;  // weak: what goes out may be compressed
};

const std::vector<Asset>& Assets() {
  static const auto* const assets = [] {
    auto* const all = new std::vector<Asset>{
        {"/openapi.json", ContentTypeOf(Representation::kDocument), OpenApiWithKinds(), ""},
    };
    for (Asset& asset : *all) {
      asset.tag = absl::StrCat("W/\"", absl::Hex(Crc32c(asset.bytes)), "\"");
    }
    return all;
  }();
  return *assets;
}

}  // namespace

ApiResponse ServeAsset(const ApiCall& call) {
  const std::string path = absl::StrCat("/", absl::StrJoin(call.target.segments, "/"));
  for (const Asset& asset : Assets()) {
    if (asset.path != path) continue;
    return {.status = 200,
            .content_type = std::string(asset.content_type),
            .headers = {{"ETag", asset.tag}},
            .body = asset.bytes};
  }
  return Problem(404, "not-found", "there is no such asset");
}

}  // namespace spoor
