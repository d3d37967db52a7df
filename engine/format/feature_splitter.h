#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace spoor {

// Finds the features of a GeoJSON document while it streams by: follows strings and brackets only,
// hands out the bytes of each item of the top object's "features", and keeps the rest, where the
// document says what it is.
//
//   {"type": "FeatureCollection", "features": [ {…}, {…} ], "name": "x"}
//                                               ^^^  ^^^ handed out one by one
//   {"type": "FeatureCollection", "features": [], "name": "x"}  is outer() at the end
//
// Holds at most one feature and the rest, each of at most max_bytes.  Whether what it hands out is
// JSON is for the parser to say: brackets are only counted.
class FeatureSplitter {
 public:
  struct Item {
    absl::string_view bytes;  // valid during the call; the first max_bytes of a longer one
    bool too_long = false;
  };
  using Sink = std::function<void(const Item&)>;

  // REQUIRES: max_bytes > 0.
  explicit FeatureSplitter(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Does nothing once outer_too_long().
  void Feed(absl::string_view bytes, const Sink& sink);
  // The stream ends here.  A feature that is cut is handed out as it is.
  void Finish(const Sink& sink);

  // The document without its features; its first max_bytes if it is longer.
  const std::string& outer() const { return outer_; }
  bool outer_too_long() const { return outer_too_long_; }
  bool found_features() const { return found_features_; }
  // Whether the outermost bracket is closed.
  bool complete() const { return seen_open_ && depth_ == 0; }

 private:
  enum class In { kKey, kValue };

  // Each takes bytes from the left and returns how many.
  size_t FeedOuter(absl::string_view bytes);
  size_t FeedFeatures(absl::string_view bytes, const Sink& sink);
  void TakeOuter(char c);
  void Structure(char c);
  bool InsideString(char c);
  void EndToken();
  void KeepItem(absl::string_view bytes);
  void EndItem(absl::string_view bytes, const Sink& sink, char end);

  const size_t max_bytes_;
  std::string outer_;
  bool outer_too_long_ = false;
  bool seen_open_ = false, found_features_ = false;
  int64_t depth_ = 0;  // brackets open around the place
  bool in_string_ = false, escaped_ = false;

  // In the top object: the key whose value comes, and what "type" says if it came already.
  In in_ = In::kKey;
  std::string token_, key_, type_;

  bool in_features_ = false;
  std::string item_;  // of the current feature, when it came in several pieces
  bool item_too_long_ = false;
  bool any_item_ = false;
};

}  // namespace spoor
