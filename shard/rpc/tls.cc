#include "shard/rpc/tls.h"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/rpc/tuple.h"

namespace spoor {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;

// The layer that encrypts refers to the socket of the base, so that closing it needs no TLS: what
// was sent is whole or not by the frames alone.
class TlsStream : public Stream {
 public:
  TlsStream(Tcp::socket plain, ssl::context& context, ssl::stream_base::handshake_type role)
      : Stream(std::move(plain)), tls_(socket(), context), role_(role) {}

  ssl::stream<Tcp::socket&>& tls() { return tls_; }

  Task<Error> Handshake() override {
    const auto [error] = co_await tls_.async_handshake(role_, kTuple);
    co_return error;
  }
  Task<std::pair<Error, size_t>> ReadSome(asio::mutable_buffer buffer) override {
    const auto [error, bytes] = co_await tls_.async_read_some(buffer, kTuple);
    const bool closed = error == ssl::error::stream_truncated;
    co_return std::pair(closed ? asio::error::eof : error, bytes);
  }
  Task<std::pair<Error, size_t>> WriteSome(asio::const_buffer buffer) override {
    const auto [error, bytes] = co_await tls_.async_write_some(buffer, kTuple);
    co_return std::pair(error, bytes);
  }
  size_t SendNow(absl::string_view) override { return 0; }  // its state belongs to one thread

 private:
  ssl::stream<Tcp::socket&> tls_;
  const ssl::stream_base::handshake_type role_;
};

}  // namespace

class Tls::Impl {
 public:
  absl::Status Load(const TlsIdentity& identity) {
    boost::system::error_code error;
    const auto failed = [&](absl::string_view what) {
      return absl::InvalidArgumentError(absl::StrCat("TLS: ", what, ": ", error.message()));
    };
    context_.use_certificate_chain(asio::buffer(identity.certificate), error);
    if (error) return failed("the certificate");
    context_.use_private_key(asio::buffer(identity.private_key), ssl::context::pem, error);
    if (error) return failed("the private key");
    context_.add_certificate_authority(asio::buffer(identity.authority), error);
    if (error) return failed("the authority");
    context_.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
    if (error) return failed("verifying");
    if (SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_3_VERSION) != 1) {
      return absl::InvalidArgumentError("TLS: version 1.3 is not to be had");
    }
    // A session that is resumed would have to be asked for its certificate anew.
    SSL_CTX_set_session_cache_mode(context_.native_handle(), SSL_SESS_CACHE_OFF);
    return absl::OkStatus();
  }

  ssl::context& context() { return context_; }

 private:
  ssl::context context_{ssl::context::tls};
};

absl::StatusOr<std::shared_ptr<const Tls>> Tls::Make(const TlsIdentity& identity) {
  auto impl = std::make_unique<Impl>();
  if (absl::Status loaded = impl->Load(identity); !loaded.ok()) return loaded;
  return std::shared_ptr<const Tls>(new Tls(std::move(impl)));
}

std::unique_ptr<Stream> Tls::ServerStream(Stream::Tcp::socket socket) const {
  return std::make_unique<TlsStream>(std::move(socket), impl_->context(), ssl::stream_base::server);
}

std::unique_ptr<Stream> Tls::ClientStream(Stream::Tcp::socket socket,
                                          const std::string& name) const {
  auto stream =
      std::make_unique<TlsStream>(std::move(socket), impl_->context(), ssl::stream_base::client);
  boost::system::error_code ignored;  // only memory can fail it
  stream->tls().set_verify_callback(ssl::host_name_verification(name), ignored);
  return stream;
}

Tls::Tls(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tls::~Tls() = default;

}  // namespace spoor
