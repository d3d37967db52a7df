#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "router/message/problem.h"

namespace spoor {

// A value of a request's body and where it stands in it.  Borrows its parent, which must outlive
// it.
class JsonValue {
 public:
  JsonValue() = default;
  explicit JsonValue(simdjson::dom::element element) : element_(element) {}
  JsonValue(simdjson::dom::element element, const JsonValue* parent, absl::string_view key)
      : element_(element), parent_(parent), key_(key) {}
  JsonValue(simdjson::dom::element element, const JsonValue* parent, size_t index)
      : element_(element), parent_(parent), index_(index) {}

  std::string Pointer() const;  // RFC 6901: "/query/coords/3/1"
  std::string Text() const;     // JSON, or what it is when that is long

  std::string Json() const;  // without blanks

  std::optional<simdjson::dom::object> AsObject() const;
  std::optional<simdjson::dom::array> AsArray() const;
  std::optional<double> AsNumber() const;
  std::optional<uint64_t> AsUint() const;  // also of 3.0
  std::optional<bool> AsBool() const;
  std::optional<absl::string_view> AsText() const;

 private:
  simdjson::dom::element element_;
  const JsonValue* parent_ = nullptr;
  absl::string_view key_;
  std::optional<size_t> index_;
};

// A body, parsed.  Its values live as long as it does.
class JsonDocument {
 public:
  // InvalidArgument when the body is not one JSON text (RFC 8259) in UTF-8, at most 32 levels deep;
  // OutOfRange when only a number in it is too large to be read.
  absl::Status Parse(absl::string_view body);
  const JsonValue& root() const { return root_; }

 private:
  simdjson::dom::parser parser_;
  JsonValue root_;
};

// The members of an object.  What is of the wrong type or out of range is reported and reads as
// absent; Finish reports members that nobody asked for.
class ObjectReader {
 public:
  ObjectReader(const JsonValue& value, Problems& problems);

  std::optional<JsonValue> Find(absl::string_view name);
  std::optional<bool> Bool(absl::string_view name);
  std::optional<uint64_t> Uint(absl::string_view name, uint64_t min, uint64_t max);
  std::optional<double> Number(absl::string_view name, double min, double max);
  std::optional<absl::string_view> Text(absl::string_view name);
  // The place of the member's text in names.
  std::optional<size_t> OneOf(absl::string_view name, absl::Span<const absl::string_view> names);
  // A list of texts; each must pass `valid` (null: any), which `allowed` describes.
  std::vector<std::string> Texts(absl::string_view name, bool (*valid)(absl::string_view),
                                 absl::string_view allowed);
  void Finish();

 private:
  const JsonValue& value_;
  Problems& problems_;
  std::optional<simdjson::dom::object> object_;
  std::vector<absl::string_view> known_;
};

// The texts of `list`, which value is, however many; each that is none or not valid is a problem.
std::vector<std::string> TextsOf(const JsonValue& value, const simdjson::dom::array& list,
                                 bool (*valid)(absl::string_view), absl::string_view allowed,
                                 Problems& problems);
// A list of texts; see ObjectReader::Texts.
std::vector<std::string> ReadTexts(const JsonValue& value, bool (*valid)(absl::string_view),
                                   absl::string_view allowed, Problems& problems);

}  // namespace spoor
