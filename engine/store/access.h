#pragma once

#include <cstdint>

namespace spoor {

// What opening a store may do to its directory.  Nothing is ever made where something was meant to
// be: a store of which a part is missing is a damaged one.
enum class Access : uint8_t {
  kRead,    // nothing: no file is written, made or removed
  kWrite,   // what is there is written on
  kCreate,  // makes the store, in a directory that is not there yet or holds nothing
};

}  // namespace spoor
