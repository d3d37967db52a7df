#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace spoor {

// The records that a server would not take, with the reasons: in a file (NDJSON of file, line, id,
// error) when there is one, and the first few for people.
class Rejects {
 public:
  // Writes to path from now on; after what stands there, with `append`.
  absl::Status Open(const std::string& path, bool append);
  // error: the object {field, value, allowed}.
  void Add(const std::string& file, uint64_t line, const std::string& id,
           const boost::json::value& error);
  // Unavailable when something could not be written.
  absl::Status Flush();

  uint64_t count() const { return count_; }
  // "trips.ndjson:17: a: /coords/3/1 is 91; allowed: -90 ... 90"
  const std::vector<std::string>& first() const { return first_; }

 private:
  std::string path_;
  std::ofstream out_;
  uint64_t count_ = 0;
  std::vector<std::string> first_;
};

}  // namespace spoor
