#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "shard/meta/meta_store.h"

namespace spoor {

// Of how long a silent endpoint holds up a call before the next one is tried.
struct EtcdOptions {
  std::string endpoints;                          // "host:port,host:port", the preferred one first
  std::chrono::milliseconds connect_limit{1000};  // of one endpoint
  std::chrono::milliseconds answer_limit{5000};   // of one endpoint
};

// The store of metadata in etcd 3.4 or later, through its JSON gateway, in the clear.  Calls block;
// any number of threads has a call each in flight.  Reads, and what does no harm when done twice,
// go on to the next endpoint when one fails; a change does so only while it cannot have been made.
// Errors are those of MetaStore; Internal when what answers is no etcd; InvalidArgument or
// ResourceExhausted for a value that is too large (etcd takes 1.5 MB by default) or a full disk.
//
// Does not connect.  InvalidArgument for endpoints that are none.
absl::StatusOr<std::unique_ptr<MetaStore>> OpenEtcd(const EtcdOptions& options);

}  // namespace spoor
