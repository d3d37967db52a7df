#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "router/api/api.h"

namespace spoor {

// Conditions of a change of one record (RFC 9110, 13): that it still is what the client has read.
// A version means something only with the id of its log, so that a record of a collection that was
// made again is not taken for one of the former.
struct VersionInLog {
  uint64_t log_id = 0, version = 0;  // version 0: there is no record
};

// "00c0ffee00c0ffee-17": `version` of a record as answers tell it, and between quotes its ETag.
std::string VersionText(const VersionInLog& of);
// `form` tells apart what the same version looks like ("" JSON, "geo" GeoJSON); conditions take
// either.
std::string EntityTag(const VersionInLog& of, absl::string_view form);

// The "If-Match" and "If-None-Match" of a request.
class Precondition {
 public:
  explicit Precondition(const ApiRequest& request);

  bool is_given() const { return match_ || none_match_; }
  bool Holds(const VersionInLog& of) const;

 private:
  using Tags = std::vector<std::string>;
  static bool Names(const Tags& tags, const VersionInLog& of);

  std::optional<Tags> match_, none_match_;
};

}  // namespace spoor
