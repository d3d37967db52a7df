#include "router/cluster/node_channels.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace spoor {
namespace {

// Stands for a node whose address nobody can dial.
class NoChannel : public Channel {
 public:
  explicit NoChannel(absl::Status why) : why_(std::move(why)) {}
  std::shared_ptr<Running> Start(Call, Time, Done done) override {
    done(why_);
    return std::make_shared<Over>();
  }

 private:
  class Over : public Running {
    void Cancel() override {}
  };
  const absl::Status why_;
};

}  // namespace

std::shared_ptr<Channel> NodeChannels::To(const std::string& node, const std::string& address) {
  MutexLock lock(mu_);
  std::shared_ptr<Channel>& channel = channels_[{node, address}];
  if (channel != nullptr) return channel;
  DialOptions options = options_;
  const size_t colon = address.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos ||
      !absl::SimpleAtoi(absl::string_view(address).substr(colon + 1), &port) || port > 65535) {
    channel = std::make_shared<NoChannel>(
        absl::UnavailableError(absl::StrCat("node '", node, "' has no address: '", address, "'")));
    return channel;
  }
  options.host = address.substr(0, colon);
  options.port = static_cast<uint16_t>(port);
  options.expected_node = node;
  channel = Dial(io_, options);
  return channel;
}

}  // namespace spoor
