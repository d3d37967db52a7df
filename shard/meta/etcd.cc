#include "shard/meta/etcd.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/meta/etcd_endpoints.h"
#include "shard/meta/etcd_messages.h"
#include "shard/meta/etcd_watch.h"

namespace spoor {
namespace {

using etcd::Endpoints;

// Values of a listing that come at once: 32 of the longest that etcd takes are 64 MB in base64.
constexpr int kPage = 32;
// A listing that pages by a revision which is compacted meanwhile is begun anew.
constexpr int kListings = 3;

class Etcd : public MetaStore {
 public:
  Etcd(std::vector<etcd::Endpoint> endpoints, const EtcdOptions& options)
      : endpoints_(std::make_shared<Endpoints>(std::move(endpoints), options)) {}

  absl::StatusOr<std::optional<MetaValue>> Get(const std::string& key,
                                               const Patience& patience) override {
    auto body = Ask("/v3/kv/range", etcd::GetRequest(key), patience);
    if (!body.ok()) return body.status();
    auto range = etcd::ParseRange(*body);
    if (!range.ok()) return range.status();
    std::optional<MetaValue> value;
    if (!range->listing.values.empty()) value = std::move(range->listing.values.front());
    return value;
  }

  absl::StatusOr<MetaListing> List(const std::string& prefix, const Patience& patience) override {
    absl::StatusOr<MetaListing> listing;
    for (int i = 0; i < kListings; ++i) {
      listing = ListOnce(prefix, patience);
      if (!absl::IsOutOfRange(listing.status())) return listing;
    }
    return absl::UnavailableError(listing.status().message());
  }

  absl::StatusOr<uint64_t> Put(const MetaValue& change, Lease lease,
                               const Patience& patience) override {
    return Change(etcd::PutRequest(change, lease), patience);
  }

  absl::Status Delete(const std::string& key, uint64_t revision,
                      const Patience& patience) override {
    return Change(etcd::DeleteRequest(key, revision), patience).status();
  }

  absl::StatusOr<Lease> Grant(std::chrono::seconds ttl, const Patience& patience) override {
    // One that is granted and not heard of ends by itself.
    auto body = Ask("/v3/lease/grant", etcd::GrantRequest(ttl.count()), patience);
    if (!body.ok()) return body.status();
    return etcd::ParseGrant(*body);
  }

  absl::Status KeepAlive(Lease lease, const Patience& patience) override {
    auto body = Ask("/v3/lease/keepalive", etcd::LeaseRequest(lease), patience);
    return body.ok() ? etcd::ParseKeepAlive(*body) : body.status();
  }

  absl::Status Revoke(Lease lease, const Patience& patience) override {
    return Ask("/v3/lease/revoke", etcd::LeaseRequest(lease), patience).status();
  }

  std::unique_ptr<Watch> WatchPrefix(const std::string& prefix,
                                     std::function<void()> hint) override {
    return etcd::WatchStream(endpoints_, prefix, std::move(hint));
  }

 private:
  absl::StatusOr<std::string> Ask(absl::string_view path, const std::string& body,
                                  const Patience& patience) {
    return endpoints_->Post(path, body, Endpoints::Repeat::kAllowed, patience);
  }

  absl::StatusOr<uint64_t> Change(const std::string& request, const Patience& patience) {
    auto body = endpoints_->Post("/v3/kv/txn", request, Endpoints::Repeat::kForbidden, patience);
    if (!body.ok()) return body.status();
    return etcd::ParseTxn(*body);
  }

  // Page by page, all as of the revision of the first one.
  absl::StatusOr<MetaListing> ListOnce(const std::string& prefix, const Patience& patience) {
    MetaListing all;
    std::string from = prefix;
    for (bool more = true; more;) {
      auto body =
          Ask("/v3/kv/range", etcd::ListRequest(prefix, from, kPage, all.revision), patience);
      if (!body.ok()) return body.status();
      auto page = etcd::ParseRange(*body);
      if (!page.ok()) return page.status();
      if (all.revision == 0) all.revision = page->listing.revision;
      for (MetaValue& value : page->listing.values) all.values.push_back(std::move(value));
      more = page->more && !page->listing.values.empty();
      if (more) from = all.values.back().key + '\0';
    }
    return all;
  }

  const std::shared_ptr<Endpoints> endpoints_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MetaStore>> OpenEtcd(const EtcdOptions& options) {
  auto endpoints = etcd::ParseEndpoints(options.endpoints);
  if (!endpoints.ok()) return endpoints.status();
  return std::make_unique<Etcd>(*std::move(endpoints), options);
}

}  // namespace spoor
