#pragma once

#include "absl/strings/string_view.h"
#include "engine/search/query.h"
#include "router/message/json_reader.h"
#include "router/message/target.h"

namespace spoor {

// What IsValidName takes.
inline constexpr absl::string_view kIdAllowed = "1 … 256 bytes of UTF-8 without control characters";

// The filter object of a request's body (spec: "Searching").
Filter ReadFilter(const JsonValue& value, Problems& problems);

// The same from ?bbox=w,s,e,n&time=from,to&object=.
Filter FilterFromParams(const Target& target, Problems& problems);

// A whole number from a query parameter; fallback when it is absent or bad, which is reported.
uint64_t UintParam(const Target& target, absl::string_view name,
                   std::pair<uint64_t, uint64_t> range, uint64_t fallback, Problems& problems);
// One of names; 0 when it is absent or bad.
size_t ChoiceParam(const Target& target, absl::string_view name,
                   absl::Span<const absl::string_view> names, Problems& problems);
// The id after which the page of this list (router/message/token.h) starts, from ?cursor=; empty at
// the first page.
std::string CursorParam(const Target& target, absl::string_view list, Problems& problems);

}  // namespace spoor
