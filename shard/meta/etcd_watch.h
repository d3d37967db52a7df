#pragma once

#include <functional>
#include <memory>
#include <string>

#include "shard/meta/etcd_endpoints.h"
#include "shard/meta/meta_store.h"

namespace spoor::etcd {

// Follows a prefix on a thread of its own: a hint whenever a stream has begun and for each line of
// it.  A stream that ends is begun anew, after a pause that grows from 50 ms to 2 s while that
// fails.
std::unique_ptr<MetaStore::Watch> WatchStream(std::shared_ptr<Endpoints> endpoints,
                                              const std::string& prefix,
                                              std::function<void()> hint);

}  // namespace spoor::etcd
