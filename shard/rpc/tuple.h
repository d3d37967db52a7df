#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace spoor {

// For `co_await` of an operation of Asio: what it completes with, its error among that, comes back
// as a tuple; nothing is thrown.
inline constexpr auto kTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace spoor
