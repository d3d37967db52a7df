#include "router/message/json_reader.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace spoor {
namespace {

constexpr size_t kMaxLevels = 32;
constexpr size_t kMaxTexts = 10'000;  // in a list of ids or names

template <typename T>
std::optional<T> ValueOf(simdjson::simdjson_result<T> result) {
  if (result.error() != simdjson::SUCCESS) return std::nullopt;
  return result.value_unsafe();
}

constexpr double kFirstTooLarge = 18'446'744'073'709'551'616.0;  // 2^64

// "-1.5e3..." -> "-1.5e3": the number that the text starts with; empty when it is none of JSON's.
absl::string_view NumberAt(absl::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t begin = at;
    while (at < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[at]))) ++at;
    return at - begin;
  };
  const auto any_of = [&](absl::string_view chars) {
    const bool found = at < text.size() && absl::StrContains(chars, text[at]);
    at += found ? 1 : 0;
    return found;
  };
  any_of("-");
  const bool zero = any_of("0");
  if (!zero && digits() == 0) return "";
  if (any_of(".") && digits() == 0) return "";
  if (any_of("eE")) {
    any_of("+-");
    if (digits() == 0) return "";
  }
  const bool goes_on = at < text.size() && absl::StrContains("+-.0123456789eE", text[at]);
  return goes_on ? "" : text.substr(0, at);
}

// The first number of a JSON text that no double, or no integer of 64 bits, can hold; empty when
// there is none.
absl::string_view TooLargeNumber(absl::string_view body) {
  bool in_string = false;
  for (size_t i = 0; i < body.size(); ++i) {
    if (in_string && body[i] == '\\') {
      ++i;
    } else if (body[i] == '"') {
      in_string = !in_string;
    } else if (!in_string && absl::StrContains("-0123456789", body[i])) {
      const absl::string_view number = NumberAt(body.substr(i));
      if (number.empty()) return "";  // a broken one: that is what is wrong
      double value = 0;
      const bool read = absl::SimpleAtod(number, &value);
      const bool whole = number.find_first_of(".eE") == absl::string_view::npos;
      const bool fits = value < kFirstTooLarge && value >= -kFirstTooLarge / 2;
      if (!read || std::isinf(value) || (whole && !fits)) return number;
      i += number.size() - 1;
    }
  }
  return "";
}

}  // namespace

std::string JsonValue::Pointer() const {
  if (parent_ == nullptr) return "";
  if (index_.has_value()) return absl::StrCat(parent_->Pointer(), "/", *index_);
  const std::string key = absl::StrReplaceAll(key_, {{"~", "~0"}, {"/", "~1"}});
  return absl::StrCat(parent_->Pointer(), "/", Shortened(key));
}

std::string JsonValue::Text() const {
  if (element_.is_object()) return "an object";
  if (element_.is_array()) return "a list";
  if (const auto text = AsText()) {
    JsonWriter w;
    w.String(Shortened(*text, 80));
    return w.Take();
  }
  return simdjson::minify(element_);
}

std::string JsonValue::Json() const { return simdjson::minify(element_); }

std::optional<simdjson::dom::object> JsonValue::AsObject() const {
  return ValueOf(element_.get_object());
}
std::optional<simdjson::dom::array> JsonValue::AsArray() const {
  return ValueOf(element_.get_array());
}
std::optional<double> JsonValue::AsNumber() const { return ValueOf(element_.get_double()); }
std::optional<uint64_t> JsonValue::AsUint() const {
  if (const auto whole = ValueOf(element_.get_uint64())) return whole;
  const auto number = AsNumber();  // 3.0 is 3
  if (!number || !(*number >= 0 && *number < kFirstTooLarge)) return std::nullopt;
  return std::trunc(*number) == *number ? std::make_optional(static_cast<uint64_t>(*number))
                                        : std::nullopt;
}
std::optional<bool> JsonValue::AsBool() const { return ValueOf(element_.get_bool()); }
std::optional<absl::string_view> JsonValue::AsText() const {
  const auto text = ValueOf(element_.get_string());
  if (!text.has_value()) return std::nullopt;
  return absl::string_view(text->data(), text->size());
}

absl::Status JsonDocument::Parse(absl::string_view body) {
  if (parser_.allocate(std::max<size_t>(body.size(), 64), kMaxLevels) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError("the body is too large to parse");
  }
  simdjson::dom::element root;
  const auto error = parser_.parse(body.data(), body.size()).get(root);
  if (error == simdjson::EMPTY)
    return absl::InvalidArgumentError("the body is empty, JSON expected");
  if (error == simdjson::NUMBER_ERROR) {
    const absl::string_view number = TooLargeNumber(body);
    if (!number.empty()) {
      return absl::OutOfRangeError(absl::StrCat("the number ", Shortened(number),
                                                " is too large: allowed are whole numbers "
                                                "of 64 bits, and others up to 1.7e308"));
    }
  }
  if (error != simdjson::SUCCESS) {
    return absl::InvalidArgumentError(
        absl::StrCat("the body is not JSON: ", simdjson::error_message(error)));
  }
  root_ = JsonValue(root);
  return absl::OkStatus();
}

ObjectReader::ObjectReader(const JsonValue& value, Problems& problems)
    : value_(value), problems_(problems), object_(value.AsObject()) {
  if (!object_) problems_.Add(value_.Pointer(), value_.Text(), "an object");
}

std::optional<JsonValue> ObjectReader::Find(absl::string_view name) {
  known_.push_back(name);
  if (!object_) return std::nullopt;
  std::optional<JsonValue> found;
  for (const auto& field : *object_) {
    if (absl::string_view(field.key.data(), field.key.size()) != name) continue;
    if (found.has_value()) {
      problems_.Add(found->Pointer(), "", "a field may be given once");
      return std::nullopt;
    }
    found = JsonValue(field.value, &value_, name);
  }
  return found;
}

std::optional<bool> ObjectReader::Bool(absl::string_view name) {
  const auto member = Find(name);
  if (!member) return std::nullopt;
  const auto value = member->AsBool();
  if (!value) problems_.Add(member->Pointer(), member->Text(), "true or false");
  return value;
}

std::optional<uint64_t> ObjectReader::Uint(absl::string_view name, uint64_t min, uint64_t max) {
  const auto member = Find(name);
  if (!member) return std::nullopt;
  const auto value = member->AsUint();
  if (value && *value >= min && *value <= max) return value;
  problems_.Add(member->Pointer(), member->Text(),
                absl::StrCat("a whole number, ", min, " … ", max));
  return std::nullopt;
}

std::optional<double> ObjectReader::Number(absl::string_view name, double min, double max) {
  const auto member = Find(name);
  if (!member) return std::nullopt;
  const auto value = member->AsNumber();
  if (value && *value >= min && *value <= max) return value;
  problems_.Add(member->Pointer(), member->Text(), absl::StrCat("a number, ", min, " … ", max));
  return std::nullopt;
}

std::optional<absl::string_view> ObjectReader::Text(absl::string_view name) {
  const auto member = Find(name);
  if (!member) return std::nullopt;
  const auto value = member->AsText();
  if (!value) problems_.Add(member->Pointer(), member->Text(), "a string");
  return value;
}

std::optional<size_t> ObjectReader::OneOf(absl::string_view name,
                                          absl::Span<const absl::string_view> names) {
  const auto member = Find(name);
  if (!member) return std::nullopt;
  if (const auto text = member->AsText()) {
    const auto at = std::find(names.begin(), names.end(), *text);
    if (at != names.end()) return static_cast<size_t>(at - names.begin());
  }
  problems_.Add(member->Pointer(), member->Text(), absl::StrJoin(names, ", "));
  return std::nullopt;
}

std::vector<std::string> ObjectReader::Texts(absl::string_view name,
                                             bool (*valid)(absl::string_view),
                                             absl::string_view allowed) {
  const auto member = Find(name);
  return member ? ReadTexts(*member, valid, allowed, problems_) : std::vector<std::string>();
}

void ObjectReader::Finish() {
  if (!object_) return;
  for (const auto& field : *object_) {
    const absl::string_view key(field.key.data(), field.key.size());
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const JsonValue member(field.value, &value_, key);
    problems_.Add(member.Pointer(), member.Text(),
                  absl::StrCat("known fields: ", absl::StrJoin(known_, ", ")));
    if (problems_.full()) return;
  }
}

std::vector<std::string> TextsOf(const JsonValue& value, const simdjson::dom::array& list,
                                 bool (*valid)(absl::string_view), absl::string_view allowed,
                                 Problems& problems) {
  std::vector<std::string> texts;
  texts.reserve(list.size());
  for (const auto& element : list) {
    const JsonValue item(element, &value, texts.size());
    const auto text = item.AsText();
    if (!text || (valid != nullptr && !valid(*text))) {
      problems.Add(item.Pointer(), item.Text(), std::string(allowed));
      if (problems.full()) break;
    }
    texts.emplace_back(text.value_or(""));
  }
  return texts;
}

std::vector<std::string> ReadTexts(const JsonValue& value, bool (*valid)(absl::string_view),
                                   absl::string_view allowed, Problems& problems) {
  const auto list = value.AsArray();
  if (list && list->size() <= kMaxTexts) return TextsOf(value, *list, valid, allowed, problems);
  problems.Add(value.Pointer(), value.Text(),
               absl::StrCat("a list of at most ", kMaxTexts, " strings"));
  return {};
}

}  // namespace spoor
