#pragma once

#include <memory>
#include <utility>

namespace spoor {

// An immutable value that others may replace by a newer one at any time: whoever holds it keeps it
// alive.  Never null.
//
// A temporary one lets nobody reach inside, because what would be reached dies with it:
//
//     for (const auto& [name, node] : view.snapshot()->nodes)  // does not compile: before
//                                                              // step 1 the nodes would be gone
//     const auto snapshot = view.snapshot();
//     for (const auto& [name, node] : snapshot->nodes)         // does
template <typename T>
class Held {
 public:
  Held() : value_(std::make_shared<const T>()) {}
  // REQUIRES: not null.
  explicit Held(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  const T& operator*() const& { return *value_; }
  const T* operator->() const& { return value_.get(); }
  const T& operator*() const&& = delete;
  const T* operator->() const&& = delete;

  // Whether it is the same one, not an equal one.
  friend bool operator==(const Held&, const Held&) = default;

 private:
  std::shared_ptr<const T> value_;
};

}  // namespace spoor
