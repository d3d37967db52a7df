#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>

namespace spoor {

// A value that names one kind of thing and never turns into the name of another kind by itself.
template <typename Tag, typename Rep>
class StrongId {
 public:
  StrongId() = default;
  explicit StrongId(Rep v) : v_(std::move(v)) {}
  const Rep& value() const { return v_; }
  friend auto operator<=>(const StrongId&, const StrongId&) = default;

 private:
  Rep v_{};
};

// The user's own id of a trajectory: 1 to 256 bytes of UTF-8 without control characters.  Its hash
// places it, but a hash is never the identity, because two ids may share one.
using TrajectoryId = StrongId<struct TrajectoryIdTag, std::string>;

}  // namespace spoor
