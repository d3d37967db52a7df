#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace spoor {

// Where stores go that are proven to be needed no more: <data>/quarantine/<seconds since the Unix
// epoch>-<name>, until they have lain there for a while, so that a mistake can be mended: with the
// node stopped, what is moved back to <data>/followed is taken up again.
//
// Thread safety: all methods may be called from any number of threads.
class Quarantine {
 public:
  struct Options {
    std::chrono::seconds keep = std::chrono::hours(24);
    // Told in a sentence of each directory that goes, or could not go.
    std::function<void(absl::string_view)> tell = [](absl::string_view) {};
    std::function<std::chrono::system_clock::time_point()> now = std::chrono::system_clock::now;
  };

  Quarantine(std::string data_dir, Options options);

  // Moves the directory `root`/`name` here, because of `why`.  One that cannot be moved stays.
  absl::Status SetAside(const std::string& root, const std::string& name, absl::string_view why);
  // Removes what has lain here for longer than `keep`; what it has not put here it leaves alone.
  void Expire();

 private:
  const std::string dir_;
  const Options options_;
};

}  // namespace spoor
