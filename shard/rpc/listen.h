#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace spoor {

// Opens the acceptor on address:port (0: any free one) and returns the port.  Unavailable, naming
// both, when they cannot be had.
absl::StatusOr<uint16_t> ListenOn(boost::asio::ip::tcp::acceptor& acceptor,
                                  const std::string& address, uint16_t port);

}  // namespace spoor
