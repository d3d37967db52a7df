#pragma once

#include <string>

#include "absl/status/status.h"

namespace spoor {

// A store is made of many files, and making it may end in the midst.  Until it is whole a mark lies
// beside them, so that the half of a new store, which nobody was told of, is not taken for a whole
// one that has lost a part, which is damage.

// Makes the directory, and the mark in it.  FailedPrecondition when there is something in it
// already.
absl::Status BeginStore(const std::string& directory);
// Takes the mark away, durably: from now on what is missing is damage.
absl::Status FinishStore(const std::string& directory);

// Whether the making never came to its end.
bool IsUnfinished(const std::string& directory);
// Removes what was made, the mark last.
void RemoveUnfinished(const std::string& directory);

}  // namespace spoor
