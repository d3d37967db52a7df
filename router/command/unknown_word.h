#pragma once

#include <string>

#include "absl/types/span.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace spoor {

// The first word of a command line that the program, or the command that it stands behind, does not
// know: "there is no command 'serch'; did you mean search?".  Empty when all are known, so that
// something else is wrong. argv[0] is the program's name.
std::string UnknownWord(CLI::App& spoor, absl::Span<const char* const> argv);

}  // namespace spoor
