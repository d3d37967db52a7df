#include "engine/format/feature_splitter.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/format/json_cursor.h"

namespace spoor {
namespace {

constexpr size_t kMaxTokenBytes = 128;  // more than any key or type that matters, escapes included
constexpr int64_t kInFeatures = 2;      // depth_ between two features

}  // namespace

void FeatureSplitter::Feed(absl::string_view bytes, const Sink& sink) {
  while (!bytes.empty() && !outer_too_long_) {
    bytes.remove_prefix(in_features_ ? FeedFeatures(bytes, sink) : FeedOuter(bytes));
  }
}

// Whether c belongs to a string, its closing quote included.
bool FeatureSplitter::InsideString(char c) {
  if (!in_string_) return false;
  if (escaped_) {
    escaped_ = false;
  } else if (c == '\\') {
    escaped_ = true;
  } else if (c == '"') {
    in_string_ = false;
  }
  return true;
}

size_t FeatureSplitter::FeedOuter(absl::string_view bytes) {
  size_t taken = 0;
  while (taken < bytes.size() && !in_features_ && !outer_too_long_) {
    TakeOuter(bytes[taken++]);
  }
  return taken;
}

void FeatureSplitter::TakeOuter(char c) {
  if (outer_.size() < max_bytes_) {
    outer_.push_back(c);
  } else if (!absl::ascii_isspace(static_cast<unsigned char>(c))) {
    outer_too_long_ = true;
  }
  if (InsideString(c)) {
    if (depth_ != 1) return;
    if (in_string_) {
      if (token_.size() < kMaxTokenBytes) token_.push_back(c);
    } else {
      EndToken();
    }
    return;
  }
  Structure(c);
}

void FeatureSplitter::Structure(char c) {
  switch (c) {
    case '"':
      in_string_ = true;
      token_.clear();
      break;
    case '{':
    case '[':
      seen_open_ = true;
      ++depth_;
      in_features_ = c == '[' && depth_ == kInFeatures && in_ == In::kValue && key_ == "features" &&
                     (type_.empty() || type_ == "FeatureCollection");
      if (in_features_) found_features_ = true;
      break;
    case '}':
    case ']':
      --depth_;
      break;
    case ',':
      if (depth_ == 1) in_ = In::kKey;
      break;
    case ':':
      if (depth_ == 1) in_ = In::kValue;
      break;
    default:
      break;
  }
}

// A string of the top object is over.
void FeatureSplitter::EndToken() {
  std::string decoded;
  JsonCursor(absl::StrCat("\"", token_, "\"")).ReadString(decoded);
  if (in_ == In::kKey) {
    key_ = decoded;
  } else if (key_ == "type") {
    type_ = decoded;
  }
}

size_t FeatureSplitter::FeedFeatures(absl::string_view bytes, const Sink& sink) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (InsideString(c)) continue;
    if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (depth_ > kInFeatures) {
      if (c == '}' || c == ']') --depth_;
    } else if (c == ',' || c == ']' || c == '}') {
      EndItem(bytes.substr(0, i), sink, c);
      return c == ',' ? i + 1 : i;  // what closes the array belongs to the outer text
    }
  }
  KeepItem(bytes);
  return bytes.size();
}

void FeatureSplitter::KeepItem(absl::string_view bytes) {
  if (item_.empty()) bytes = absl::StripLeadingAsciiWhitespace(bytes);
  const size_t room = max_bytes_ - item_.size();
  item_too_long_ = item_too_long_ || bytes.size() > room;
  item_.append(bytes.data(), std::min(room, bytes.size()));
}

// The item ends with these bytes; `end` tells whether another one must follow.
void FeatureSplitter::EndItem(absl::string_view bytes, const Sink& sink, char end) {
  bytes = item_.empty() ? absl::StripLeadingAsciiWhitespace(bytes) : bytes;
  if (!item_.empty() || bytes.size() > max_bytes_) {
    KeepItem(bytes);
    bytes = item_;
  }
  const bool closes = end != ',';
  if (!bytes.empty() || !closes || any_item_) {
    sink({.bytes = bytes, .too_long = item_too_long_});
  }
  item_.clear();
  item_too_long_ = false;
  any_item_ = !closes;
  in_features_ = !closes;
}

void FeatureSplitter::Finish(const Sink& sink) {
  if (in_features_ && !item_.empty()) EndItem({}, sink, ']');
}

}  // namespace spoor
