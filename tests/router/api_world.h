#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "router/api/api.h"
#include "router/cluster/local_cluster.h"
#include "router/jobs/file_job_store.h"
#include "router/jobs/jobs.h"
#include "shard/node/node.h"
#include "tests/engine/temp_dir.h"

namespace spoor::testing {

// A node in a directory of its own, and an Api on it.
class ApiWorld {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  explicit ApiWorld(const ApiLimits& limits = {}, NodeOptions options = {})
      : limits_(limits), options_(options) {
    options_.memory_bytes = uint64_t{64} << 20;
    Start();
  }

  // Closes everything, lets `between` do what it likes to the data directory, and opens it again.
  void Restart(const std::function<void(const std::string& data_dir)>& between) {
    api_ = nullptr;
    jobs_ = nullptr;
    cluster_ = nullptr;
    node_ = nullptr;
    between(dir_.path());
    Start();
  }

  Api& api() { return *api_; }
  Jobs& jobs() { return *jobs_; }
  EmbeddedNode& node() { return *node_; }

  ApiResponse Send(const std::string& method, const std::string& target,
                   const std::string& body = "", Headers headers = {}) {
    ApiRequest request{
        .method = method, .target = target, .headers = std::move(headers), .body = body};
    const bool typed =
        std::any_of(request.headers.begin(), request.headers.end(),
                    [](const auto& header) { return header.first == "content-type"; });
    if (!typed && !body.empty() && !RoutedRequest(request).is_upload()) {
      request.headers.emplace_back("content-type", "application/json");
    }
    if (!RoutedRequest(request).is_upload())
      return api_->Handle(request, api_->PatienceFor(request));
    ApiResponse refusal;
    const auto upload = api_->StartUpload(request, api_->PatienceFor(request), &refusal);
    if (upload == nullptr) return refusal;
    static_cast<void>(upload->Feed(body));  // Finish tells
    return upload->Finish();
  }

  ApiResponse Load(const std::string& collection, const std::string& ndjson,
                   const std::string& query = "") {
    return Send("POST", absl::StrCat("/v1/collections/", collection, "/trajectories", query),
                ndjson, {{"content-type", "application/x-ndjson"}});
  }

 private:
  void Start() {
    auto opened = EmbeddedNode::Open(dir_.path(), options_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    node_ = *std::move(opened);
    cluster_ = LocalCluster(*node_);
    jobs_ = std::make_unique<Jobs>(
        *cluster_, std::make_unique<FileJobStore>(FileJobStoreOptions{.dir = JobsDir(dir_.path())}),
        JobsOptions{.spool_dir = JobsDir(dir_.path()), .max_running = 8});
    api_ = std::make_unique<Api>(*cluster_, limits_, jobs_.get());
  }

  const ApiLimits limits_;
  NodeOptions options_;
  TempDir dir_;
  std::unique_ptr<EmbeddedNode> node_;
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<Jobs> jobs_;
  std::unique_ptr<Api> api_;
};

inline boost::json::value ParseJson(absl::string_view text) {
  boost::system::error_code error;
  auto value = boost::json::parse({text.data(), text.size()}, error);
  EXPECT_FALSE(error) << error.message() << " in: " << text;
  return value;
}

// The value at a JSON Pointer, as text; "-" when there is none.
inline std::string At(const ApiResponse& response, const std::string& pointer) {
  const auto document = ParseJson(response.body);
  boost::system::error_code error;
  const auto* value = document.find_pointer(pointer, error);
  if (value == nullptr) return "-";
  return value->is_string() ? std::string(value->as_string()) : boost::json::serialize(*value);
}

// A record that goes east from (51.5, lon0), 0.0005 degrees a second.
inline std::string EastRecord(const std::string& id, double lon0, int fixes,
                              const std::string& more = "") {
  std::string text = absl::StrCat(R"({"id":")", id, R"(",)", more, R"("coords":[)");
  for (int i = 0; i < fixes; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", "[", lon0 + 0.0005 * i, ",51.5,", 1000 + i, "]");
  }
  return text + "]}\n";
}

}  // namespace spoor::testing
