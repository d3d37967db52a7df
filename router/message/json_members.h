#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace spoor {

// Members of a document, read leniently: what is missing or of another type is empty.

const boost::json::value* Member(const boost::json::value& value,
                                 absl::string_view name);  // or null
std::string TextMember(const boost::json::value& value, absl::string_view name);
double NumberMember(const boost::json::value& value, absl::string_view name, double fallback = 0);
uint64_t CountMember(const boost::json::value& value, absl::string_view name);
bool BoolMember(const boost::json::value& value, absl::string_view name);
const boost::json::array& ListMember(const boost::json::value& value, absl::string_view name);

// The value as JSON with plain numbers: 1700000000.5, where Boost writes 1.7000000005E9.
std::string JsonTextOf(const boost::json::value& value);

}  // namespace spoor
