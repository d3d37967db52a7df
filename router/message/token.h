#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "router/cluster.h"

namespace spoor {

// The opaque texts that clients carry between requests: base64url of the messages of
// proto/token.proto. The decoders survive any text and return nothing for what the encoders cannot
// have made.

// Where a client has written to.
std::string EncodeToken(const WrittenTo& written_to);
std::optional<WrittenTo> DecodeToken(absl::string_view text);

// Where a list goes on.  A cursor is of one list: "jobs", "collections",
// "trajectories/<collection>"; of another one it is nothing.
std::string EncodeCursor(absl::string_view list, absl::string_view after_id);
std::optional<std::string> DecodeCursor(absl::string_view list, absl::string_view text);
std::string TrajectoriesList(absl::string_view collection);

}  // namespace spoor
