#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "absl/strings/string_view.h"
#include "router/message/json_members.h"

namespace spoor {

// When the position of that name in a summary was; empty where there is no time.
std::string ShowWhen(const boost::json::value& summary, absl::string_view name);
// "v2, depth 34, k 2, t 4" for index parameters.
std::string ShowIndex(const boost::json::value* index);

}  // namespace spoor
