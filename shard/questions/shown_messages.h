#pragma once

#include "absl/status/statusor.h"
#include "engine/search/query.h"

namespace spoor {
namespace v1 {
class Show;
class Shown;
}  // namespace v1

// What answers show of trajectories, as the messages of proto/search.proto.  As in
// search_messages.h.
void EncodeShow(const Show& show, v1::Show& out);
Show DecodeShow(const v1::Show& in);
void EncodeShown(const ShownRecord& shown, v1::Shown& out);
absl::StatusOr<ShownRecord> DecodeShown(const v1::Shown& in);

}  // namespace spoor
