#pragma once

#include <boost/asio/awaitable.hpp>

#include "shard/rpc/channel.h"

namespace spoor {

// Channel::Start for coroutines.  Asio's cancellation of the awaiting coroutine (a timer that wins
// in `call || timer`, the end of a session) cancels the call.  The channel must outlive it.
// Give the call a name first: g++ 12 destroys a temporary made by braces inside an awaited
// expression twice.
boost::asio::awaitable<Answer> Asked(Channel& channel, Call call, Channel::Time deadline);

}  // namespace spoor
