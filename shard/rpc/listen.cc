#include "shard/rpc/listen.h"

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

using Tcp = boost::asio::ip::tcp;

}  // namespace

absl::StatusOr<uint16_t> ListenOn(Tcp::acceptor& acceptor, const std::string& address,
                                  uint16_t port) {
  boost::system::error_code error;
  Tcp::resolver resolver(acceptor.get_executor());
  const auto found = resolver.resolve(address, std::to_string(port), Tcp::resolver::passive, error);
  const bool resolved = !error && !found.empty();
  if (resolved) {
    const Tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(Tcp::acceptor::max_listen_connections, error);
    if (!error) port = acceptor.local_endpoint(error).port();
  }
  if (resolved && !error) return port;
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", address, ":", port, ": ", error.message()));
}

}  // namespace spoor
