#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "geo/fix.h"
#include "geo/trajectory.h"

namespace spoor {

// Appends one JSON text (RFC 8259) to a string: commas are set by themselves, text that is not
// UTF-8 gets U+FFFD, numbers that JSON does not know become null.  Coordinates are printed from
// their integers, so that 51.5 is never 51.50000000000001.
//
//   JsonWriter w;
//   w.BeginObject();
//   w.Key("id"); w.String("t1");
//   w.EndObject();
//   w.Take();  // {"id":"t1"}
class JsonWriter {
 public:
  void BeginObject();
  void EndObject();
  void BeginArray();
  void EndArray();
  void EndLine();  // of values one below the other
  void Key(absl::string_view name);

  void String(absl::string_view text);
  void Uint(uint64_t value);
  void Double(double value);                 // the shortest text that reads back the same
  void Rounded(double value, int decimals);  // at most so many decimals, no trailing zeros
  void Bool(bool value);
  void Null();
  void Raw(absl::string_view json);               // REQUIRES: a JSON text
  void DegreesE7(int32_t value_e7);               // -1277583 -> -0.1277583
  void Seconds(int64_t time_ms);                  // 1500 -> 1.5
  void Position(const Fix& fix, bool with_time);  // [lon, lat] or [lon, lat, t]

  // Members of the open object.
  void Member(absl::string_view name, absl::string_view text) { Key(name), String(text); }
  void MemberUint(absl::string_view name, uint64_t value) { Key(name), Uint(value); }
  void MemberBool(absl::string_view name, bool value) { Key(name), Bool(value); }

  size_t size() const { return out_.size(); }
  std::string Take() { return std::move(out_); }

 private:
  void Separate();

  std::string out_;
  bool first_ = true;  // nothing yet in the innermost array or object
};

}  // namespace spoor
