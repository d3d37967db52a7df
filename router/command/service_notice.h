#pragma once

#include "absl/strings/string_view.h"

namespace spoor {

// Tells the service manager that started this process (sd_notify of systemd) "READY=1" or
// "STOPPING=1"; nothing when there is none, that is, when $NOTIFY_SOCKET is not set.
void TellServiceManager(absl::string_view state);

}  // namespace spoor
