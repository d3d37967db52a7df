#pragma once

#include <chrono>

#include "absl/strings/string_view.h"

namespace spoor {

// A job of the server that a command waits for: how often it asks, and whether its state is its
// last.
inline constexpr std::chrono::milliseconds kPollEvery(200);
inline bool IsOver(absl::string_view state) {
  return state == "done" || state == "failed" || state == "cancelled";
}

}  // namespace spoor
