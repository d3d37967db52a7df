#pragma once

#include <chrono>
#include <memory>

#include "shard/rpc/alarms.h"
#include "shard/rpc/channel.h"
#include "shard/rpc/service.h"

namespace spoor {

struct LocalChannelOptions {
  int threads = 0;              // that serve; 0: as many as cores
  size_t max_in_flight = 1024;  // calls that wait or run; above: overload
  std::chrono::milliseconds retry_after{50};
  // Serves single questions (Channel::AnswerHere) on the thread that asks: half as long for a small
  // one.  They are not counted by max_in_flight, their deadline is kept by the service alone, and
  // none may run when the channel goes.
  bool on_callers_thread = false;
};

// A channel to a service in the same process: no bytes, else the same.  The service and the alarms
// must outlive it.  Its destructor cancels what runs and waits for the service.
std::unique_ptr<Channel> LocalChannel(Service& service, Alarms& alarms,
                                      const LocalChannelOptions& options);

}  // namespace spoor
