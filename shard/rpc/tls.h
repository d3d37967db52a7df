#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "shard/rpc/stream.h"

namespace spoor {

// Texts in PEM.
struct TlsIdentity {
  std::string certificate;  // own, followed by what leads from it to the authority
  std::string private_key;
  std::string authority;  // that both sides' certificates must come from
};

// TLS 1.3 with certificates on both sides: whoever has none of the authority's can neither call nor
// serve.  Immutable; shared by any number of connections.
class Tls {
 public:
  // InvalidArgument, saying which text it is and why, when one cannot be used or the key is not
  // that of the certificate.
  static absl::StatusOr<std::shared_ptr<const Tls>> Make(const TlsIdentity& identity);
  ~Tls();

  std::unique_ptr<Stream> ServerStream(Stream::Tcp::socket socket) const;
  // The peer's certificate must be for this name or address.
  std::unique_ptr<Stream> ClientStream(Stream::Tcp::socket socket, const std::string& name) const;

 private:
  class Impl;
  explicit Tls(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace spoor
