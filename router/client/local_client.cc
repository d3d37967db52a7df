#include <memory>
#include <string>
#include <utility>

#include "router/api/api.h"
#include "router/client/client.h"
#include "router/cluster/local_cluster.h"
#include "router/jobs/file_job_store.h"
#include "router/jobs/jobs.h"
#include "shard/node/node.h"

namespace spoor {
namespace {

class LocalClient : public Client {
 public:
  LocalClient(std::unique_ptr<EmbeddedNode> node, const std::string& data_dir, Access access)
      : node_(std::move(node)),
        cluster_(LocalCluster(*node_)),
        // Whoever opens a store for one command does not mean to go on with its jobs.
        jobs_(*cluster_,
              std::make_unique<FileJobStore>(
                  FileJobStoreOptions{.dir = JobsDir(data_dir), .access = access}),
              {.spool_dir = JobsDir(data_dir), .resume = false, .access = access}),
        api_(*cluster_, ApiLimits{}, &jobs_) {}

  absl::StatusOr<ApiResponse> Call(const ApiRequest& request) override {
    if (RoutedRequest(request).is_upload()) return UploadWhole(request);
    std::string body;
    auto response = Read(request, [&](absl::string_view piece) {
      body.append(piece.data(), piece.size());
      return absl::OkStatus();
    });
    if (response.ok() && IsGood(*response)) response->body = std::move(body);
    return response;
  }

  absl::StatusOr<ApiResponse> Read(const ApiRequest& request, const TakePiece& take) override {
    const RoutedRequest routed(request);
    ApiResponse response = api_.Handle(routed, api_.PatienceFor(routed));
    if (!IsGood(response)) return response;
    const std::string start = std::exchange(response.body, "");
    const auto rest = std::exchange(response.rest, nullptr);
    absl::Status read = start.empty() ? absl::OkStatus() : take(start);
    if (read.ok() && rest != nullptr) read = ReadAll(*rest, take);
    if (!read.ok()) return read;
    return response;
  }

  absl::StatusOr<ApiResponse> Stream(const ApiRequest& head, const NextPiece& next) override {
    ApiResponse refusal;
    const RoutedRequest routed(head);
    const auto upload = api_.StartUpload(routed, api_.PatienceFor(routed), &refusal);
    if (upload == nullptr) return refusal;
    while (true) {
      std::string piece;
      const absl::StatusOr<bool> more = next(&piece);
      if (!more.ok()) return more.status();
      if (!*more || !upload->Feed(piece).ok()) return upload->Finish();
    }
  }

 private:
  static bool IsGood(const ApiResponse& response) { return response.status / 100 == 2; }

  absl::StatusOr<ApiResponse> UploadWhole(const ApiRequest& request) {
    bool sent = false;
    return Stream(request, [&](std::string* piece) {
      if (!std::exchange(sent, true)) *piece = request.body;
      return !piece->empty();
    });
  }

  const std::unique_ptr<EmbeddedNode> node_;
  const std::unique_ptr<Cluster> cluster_;
  Jobs jobs_;
  Api api_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> OpenLocal(const std::string& data_dir, Access access) {
  auto node = EmbeddedNode::Open(data_dir, {.access = access});
  if (!node.ok()) return node.status();
  return std::make_unique<LocalClient>(*std::move(node), data_dir, access);
}

}  // namespace spoor
