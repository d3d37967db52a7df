#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "router/message/request.h"

namespace spoor {

// A bulk write in progress: bytes go in, records come out on the other side.
class Upload {
 public:
  virtual ~Upload() = default;
  // May wait for earlier records to be written, so that memory stays bounded.  An error ends the
  // upload: Finish then says why.
  virtual absl::Status Feed(absl::string_view bytes) = 0;
  // No more bytes come, and those that came are not all: Finish then says why.
  virtual void Break(absl::string_view why) = 0;
  // The answer; what it calls accepted is durable.
  virtual ApiResponse Finish() = 0;
};

}  // namespace spoor
