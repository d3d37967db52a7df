#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace spoor {

// Where a serving process tells its operator what happens to it: nodes that come and go, stores
// that are replaced, requests that fail.  Libraries do not print; whoever runs them does.
//
// Thread safety: Tell may be called from any number of threads.  It does not wait for anybody.
class Events {
 public:
  enum class Level : uint8_t { kInfo, kWarning, kError };
  using Fields = std::vector<std::pair<absl::string_view, std::string>>;

  virtual ~Events() = default;
  // event: what happened, in lower case with underscores: "node_down".
  virtual void Tell(Level level, absl::string_view event, const Fields& fields) = 0;
};

}  // namespace spoor
