#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "router/message/request.h"

namespace spoor {

// The value of the header with this lower-case name; null when absent, the first when it comes
// twice.
const std::string* FindHeader(const ApiRequest& request, absl::string_view name);

// Which of the offered media types an Accept header prefers (RFC 9110, 12.5.1): the one with the
// highest weight, the earlier among equals.  Nothing when it takes none of them.  An empty header
// takes the first.
std::optional<size_t> ChooseMediaType(absl::string_view accept,
                                      absl::Span<const absl::string_view> offered);

// "zstd", "gzip" or "identity", as an Accept-Encoding header prefers.
absl::string_view ChooseCoding(absl::string_view accept_encoding);

// "Text/CSV; charset=utf-8" -> "text/csv"
std::string BareMediaType(absl::string_view content_type);

}  // namespace spoor
