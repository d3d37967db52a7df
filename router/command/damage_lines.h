#pragma once

#include <ostream>
#include <syncstream>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "engine/damage_book.h"

namespace spoor {

// Tells each damage that a serving process meets in a line of its own.  err outlives it.
inline DamageSink DamageLines(std::ostream& err) {
  return [&err](absl::string_view what) {
    std::osyncstream(err) << "level=error event=damage what=\"" << absl::CEscape(what) << "\""
                          << std::endl;
  };
}

}  // namespace spoor
