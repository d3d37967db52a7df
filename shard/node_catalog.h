#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shard/served.h"

namespace spoor {

// What a node has for those who ask it: collections, each with all its homes (shard/node/node.h) or
// with those of the slots placed on it (shard/node/following_node.h).
//
// Thread safety: all methods may be called from any number of threads.
class NodeCatalog {
 public:
  struct ServedName {
    std::string name;
    std::shared_ptr<Served> served;  // null: not opened yet
    std::string problem;             // why it does not get on; empty: it does
    bool is_stuck = false;           // it is served as it was, since its log cannot be followed
    uint64_t complete_epoch = 0;     // NodeStatusReply
    uint64_t log_id = 0;             // of one that follows a log
  };

  virtual ~NodeCatalog() = default;
  virtual absl::StatusOr<std::shared_ptr<Served>> FindServed(absl::string_view name) const = 0;
  virtual std::vector<ServedName> AllServed() const = 0;

  // Of each that is open, how its storage does; by name.
  std::vector<std::pair<std::string, StoreFigures>> Storage() const {
    std::vector<std::pair<std::string, StoreFigures>> out;
    for (const ServedName& one : AllServed()) {
      if (one.served != nullptr) out.emplace_back(one.name, one.served->engine().storage());
    }
    return out;
  }

  // What all of it shares; null where nothing is stored.
  virtual const Memory* memory() const { return nullptr; }
};

}  // namespace spoor
