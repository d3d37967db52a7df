#include <memory>
#include <string>
#include <utility>

#include "router/api.h"
#include "router/client.h"
#include "router/local_cluster.h"
#include "shard/node.h"

namespace spoor {
namespace {

class LocalClient : public Client {
 public:
  explicit LocalClient(std::unique_ptr<Node> node)
      : node_(std::move(node)), cluster_(LocalCluster(*node_)), api_(*cluster_, ApiLimits{}) {}

  absl::StatusOr<ApiResponse> Call(const ApiRequest& request) override {
    if (!Api::IsUpload(request)) return api_.Handle(request, api_.PatienceFor(request));
    bool sent = false;
    return Stream(request, [&](std::string* piece) {
      if (!std::exchange(sent, true)) *piece = request.body;
      return !piece->empty();
    });
  }

  absl::StatusOr<ApiResponse> Stream(const ApiRequest& head,
                                     const std::function<bool(std::string*)>& next) override {
    ApiResponse refusal;
    const std::unique_ptr<Upload> upload = api_.StartUpload(head, api_.PatienceFor(head), &refusal);
    if (upload == nullptr) return refusal;
    std::string piece;
    while (next(&piece) && upload->Feed(piece).ok()) piece.clear();
    return upload->Finish();
  }

 private:
  const std::unique_ptr<Node> node_;
  const std::unique_ptr<Cluster> cluster_;
  Api api_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> OpenLocal(const std::string& data_dir) {
  auto node = Node::Open(data_dir, NodeOptions{});
  if (!node.ok()) return node.status();
  return std::make_unique<LocalClient>(*std::move(node));
}

}  // namespace spoor
