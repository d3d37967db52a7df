#include "router/command/json_text.h"

#include <boost/json.hpp>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "engine/fingerprint/index_params.h"
#include "router/command/progress.h"

namespace spoor {

namespace json = boost::json;

std::string ShowWhen(const json::value& summary, absl::string_view name) {
  const json::array& position = ListMember(summary, name);
  json::error_code error;
  const double seconds = position.size() < 3 ? NAN : position[2].to_number<double>(error);
  return error ? "" : ShowTime(seconds);
}

std::string ShowIndex(const json::value* index) {
  if (index == nullptr) return "";
  if (index->is_string()) return std::string(index->get_string());
  const double depth = NumberMember(*index, "depth");
  return absl::StrCat(TextMember(*index, "scheme"),
                      depth == kOwnDepth ? ", own depths" : absl::StrCat(", depth ", depth), ", k ",
                      NumberMember(*index, "k"), ", t ", NumberMember(*index, "t"));
}

}  // namespace spoor
