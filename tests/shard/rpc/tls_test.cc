#include "shard/rpc/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "absl/strings/match.h"
#include "tests/shard/rpc_world.h"

namespace spoor::testing {
namespace {

// A certificate and its key, made on the spot.
struct Certified {
  Certified(const char* name, const Certified* authority) : key(EVP_EC_gen("P-256")) {
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), authority == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    const Certified& issuer = authority == nullptr ? *this : *authority;
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer.certificate));
    if (authority == nullptr) {
      Extend(NID_basic_constraints, "critical,CA:TRUE");
    } else {
      Extend(NID_subject_alt_name, absl::StrCat("DNS:", name).c_str());
    }
    X509_sign(certificate, issuer.key, EVP_sha256());
  }
  ~Certified() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  Certified(const Certified&) = delete;
  Certified& operator=(const Certified&) = delete;

  void Extend(int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <typename Write>
  static std::string Text(Write write) {
    BIO* bio = BIO_new(BIO_s_mem());
    write(bio);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(bio);
    return text;
  }
  std::string CertificateText() const {
    return Text([this](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
  }
  std::string KeyText() const {
    return Text([this](BIO* bio) {
      PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

  X509* certificate = X509_new();
  EVP_PKEY* key;
};

class RpcTls : public ::testing::Test {
 protected:
  static std::shared_ptr<const Tls> Identity(const Certified& own, const Certified& authority) {
    const auto tls = Tls::Make({.certificate = own.CertificateText(),
                                .private_key = own.KeyText(),
                                .authority = authority.CertificateText()});
    EXPECT_TRUE(tls.ok()) << tls.status();
    return tls.ok() ? *tls : nullptr;
  }
  RpcServerOptions Server() {
    RpcServerOptions options = TestServerOptions();
    options.tls = Identity(node, authority);
    return options;
  }
  Answer Ask(RpcWorld& world, const std::shared_ptr<const Tls>& tls, const std::string& name) {
    DialOptions options = TestDialOptions(world.server->port());
    options.tls = tls;
    options.tls_name = name;
    return Dial(world.io, options)->Ask({.method = "echo", .body = std::string(300'000, 'x')}, {});
  }

  Certified authority{"authority", nullptr}, node{"node.test", &authority},
      caller{"caller.test", &authority};
  Certified stranger_authority{"strangers", nullptr}, stranger{"node.test", &stranger_authority};
};

TEST_F(RpcTls, CarriesCallsBetweenTwoThatKnowEachOther) {
  RpcWorld world(Server());
  const auto tls = Identity(caller, authority);
  const Answer answer = Ask(world, tls, "node.test");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, std::string(300'000, 'x'));
  DialOptions options = TestDialOptions(world.server->port());
  options.tls = tls;
  options.tls_name = "node.test";
  const auto channel = Dial(world.io, options);
  std::vector<Question> questions;
  for (int i = 0; i < 300; ++i) {
    questions.push_back({channel.get(), {.method = "echo", .body = std::string(i * 10, 'y')}});
  }
  const auto answers = AskAll(std::move(questions), {});
  for (size_t i = 0; i < answers.size(); ++i) {
    ASSERT_TRUE(answers[i].ok()) << answers[i].status();
    EXPECT_EQ(answers[i]->size(), i * 10);
  }
}

TEST_F(RpcTls, RefusesACallerOfAnotherAuthority) {
  RpcWorld world(Server());
  EXPECT_EQ(Ask(world, Identity(stranger, authority), "node.test").status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(world.server->stats().calls, 0u);
}

TEST_F(RpcTls, RefusesACallerInTheClear) {
  RpcServerOptions options = Server();
  options.hello_timeout = std::chrono::milliseconds(50);
  RpcWorld world(options);
  EXPECT_EQ(world.channel->Ask({.method = "echo"}, {}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(world.server->stats().calls, 0u);
}

TEST_F(RpcTls, TheCallerRefusesANodeOfAnotherAuthorityOrName) {
  RpcWorld world(Server());
  const absl::Status name = Ask(world, Identity(caller, authority), "other.test").status();
  EXPECT_TRUE(absl::StrContains(name.message(), "TLS: certificate verify failed")) << name;
  EXPECT_FALSE(Ask(world, Identity(caller, stranger_authority), "node.test").ok());
  EXPECT_EQ(world.server->stats().calls, 0u);
}

TEST_F(RpcTls, NamesTheTextThatCannotBeUsed) {
  const auto make = [&](const std::string& certificate, const std::string& key,
                        const std::string& trusted) {
    return Tls::Make({.certificate = certificate, .private_key = key, .authority = trusted})
        .status();
  };
  const std::string good = node.CertificateText(), key = node.KeyText(),
                    trusted = authority.CertificateText();
  EXPECT_TRUE(absl::StrContains(make("junk", key, trusted).message(), "the certificate"));
  EXPECT_TRUE(absl::StrContains(make(good, "junk", trusted).message(), "the private key"));
  EXPECT_TRUE(
      absl::StrContains(make(good, caller.KeyText(), trusted).message(), "the private key"));
  EXPECT_TRUE(absl::StrContains(make(good, key, "junk").message(), "the authority"));
  EXPECT_EQ(make("", key, trusted).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace spoor::testing
