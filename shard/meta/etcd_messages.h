#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shard/meta/meta_store.h"

// What is said to etcd and what it answers, in the JSON of its gateway (etcd 3.4, v3 API): keys and
// values in base64, 64-bit numbers as decimal strings, and fields that have their default value are
// left out.  Pure functions.  The parsers take any bytes from outside; what is not such an answer
// is Internal, and never worse than that.
namespace spoor::etcd {

// ---- Requests ----

// POST /v3/kv/range
std::string GetRequest(absl::string_view key);
// At most `limit` values of keys from `from` on that have the prefix, as of a revision (0: now).
std::string ListRequest(absl::string_view prefix, absl::string_view from, int limit,
                        uint64_t revision);
// POST /v3/kv/txn
std::string PutRequest(const MetaValue& change, Lease lease);
std::string DeleteRequest(absl::string_view key, uint64_t revision);
// POST /v3/lease/grant, and /v3/lease/keepalive or /v3/lease/revoke
std::string GrantRequest(int64_t ttl_s);
std::string LeaseRequest(Lease lease);
// POST /v3/watch
std::string WatchRequest(absl::string_view prefix);

// The first key after all that have the prefix, as etcd wants it: "\0" when there is none.
std::string PrefixEnd(absl::string_view prefix);

// ---- Answers ----

struct RangeAnswer {
  MetaListing listing;
  bool more = false;
};
absl::StatusOr<RangeAnswer> ParseRange(absl::string_view body);

// The revision of the change; Aborted when the comparison failed.
absl::StatusOr<uint64_t> ParseTxn(absl::string_view body);

absl::StatusOr<Lease> ParseGrant(absl::string_view body);
absl::Status ParseKeepAlive(absl::string_view body);  // NotFound: the lease is over

// A line of the stream of a watch.  OK: something has changed, or the watch has begun; else it has
// ended.
absl::Status ParseWatchLine(absl::string_view line);

// What an answer that is not 200 means: the text of the gateway with NotFound, InvalidArgument,
// OutOfRange or ResourceExhausted where it says so, else Unavailable.  Never OK.
absl::Status ParseError(unsigned http_status, absl::string_view body);

}  // namespace spoor::etcd
