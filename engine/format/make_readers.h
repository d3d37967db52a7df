#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/format/reader.h"

namespace spoor {

// The functions that formats.def names.
#define FORMAT(name, media_type, extensions, make, cut, unit)               \
  absl::StatusOr<std::unique_ptr<Reader>> make(const ReadOptions& options); \
  RecordUnit unit(absl::string_view head, const ReadOptions& options);
#include "engine/format/formats.def"
#undef FORMAT

// InvalidArgument when the options are of tables, which this format is not.
absl::Status RefuseTableOptions(const ReadOptions& options, absl::string_view format);

}  // namespace spoor
