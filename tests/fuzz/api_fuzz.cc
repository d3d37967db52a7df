#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "router/api/api.h"
#include "router/cluster/local_cluster.h"
#include "router/message/accept.h"
#include "shard/node/node.h"

// Whatever a client sends, the Api answers, and never that it has failed.  An input is the text of
// a request: "METHOD TARGET", headers, an empty line, the body.
namespace {

using spoor::Api;
using spoor::ApiRequest;
using spoor::ApiResponse;
using spoor::RoutedRequest;

// Time limits are kept, also one of a millisecond.
bool IsFailure(int status) { return status >= 500 && status != 504; }

struct World {
  std::unique_ptr<spoor::EmbeddedNode> node;
  std::unique_ptr<spoor::Cluster> cluster;
  std::unique_ptr<Api> api;
};

World& SharedWorld() {
  static auto* const world = [] {
    std::string pattern = (std::filesystem::temp_directory_path() / "api_fuzz-XXXXXX").string();
    auto opened = new World;
    auto node = spoor::EmbeddedNode::Open(
        mkdtemp(pattern.data()), {.memory_bytes = uint64_t{64} << 20, .max_collections = 2});
    if (!node.ok()) std::abort();
    opened->node = *std::move(node);
    opened->cluster = spoor::LocalCluster(*opened->node);
    opened->api = std::make_unique<Api>(*opened->cluster, spoor::ApiLimits{.max_fixes = 1000});
    return opened;
  }();
  return *world;
}

ApiRequest ParseInput(absl::string_view text) {
  ApiRequest request;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits("\n\n", 1));
  request.body = std::string(parts.second);
  const std::vector<absl::string_view> lines = absl::StrSplit(parts.first, '\n');
  const std::pair<std::string, std::string> first =
      absl::StrSplit(lines[0], absl::MaxSplits(' ', 1));
  request.method = first.first;
  request.target = first.second;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> header =
        absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    request.headers.emplace_back(absl::AsciiStrToLower(header.first), header.second);
  }
  if (spoor::FindHeader(request, "content-type") == nullptr &&
      !spoor::RoutedRequest(request).is_upload()) {
    request.headers.emplace_back("content-type", "application/json");
  }
  return request;
}

ApiResponse Send(Api& api, const ApiRequest& request) {
  if (!spoor::RoutedRequest(request).is_upload())
    return api.Handle(request, api.PatienceFor(request));
  ApiResponse refusal;
  const auto upload = api.StartUpload(request, api.PatienceFor(request), &refusal);
  if (upload == nullptr) return refusal;
  const size_t half = request.body.size() / 2;
  if (upload->Feed(absl::string_view(request.body).substr(0, half)).ok()) {
    static_cast<void>(upload->Feed(absl::string_view(request.body).substr(half)));
  }
  return upload->Finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ApiRequest request = ParseInput({reinterpret_cast<const char*>(data), size});
  const ApiResponse answer = Send(*SharedWorld().api, request);
  if (IsFailure(answer.status)) {
    std::fprintf(stderr, "%d: %s\n", answer.status, answer.body.c_str());
    std::abort();
  }
  return 0;
}
