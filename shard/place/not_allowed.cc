#include "shard/place/not_allowed.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace spoor {

absl::Status NotAllowed(absl::string_view field, absl::string_view value,
                        absl::string_view allowed) {
  constexpr size_t kShown = 100;
  return absl::InvalidArgumentError(absl::StrCat(
      field, " is '", absl::CHexEscape(value.substr(0, kShown)), "', allowed: ", allowed));
}

}  // namespace spoor
