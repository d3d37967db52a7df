#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"

namespace spoor::testing {

// Checks values against the part of JSON Schema that our OpenAPI document uses: $ref, type, enum,
// required, properties, additionalProperties, items, minItems, maxItems, minimum, maximum,
// minLength, oneOf.
class SchemaChecker {
 public:
  using Value = boost::json::value;
  explicit SchemaChecker(const Value& document) : document_(document) {}

  // What is wrong and where; empty when nothing is.
  std::string Check(const Value& schema, const Value& value, const std::string& at = "") const {
    const auto& s = schema.as_object();
    if (const auto* ref = s.if_contains("$ref")) return Check(Resolve(*ref), value, at);
    std::string wrong = CheckOneOf(s, value, at);
    if (wrong.empty()) wrong = CheckType(s, value, at);
    if (wrong.empty()) wrong = CheckEnum(s, value, at);
    if (wrong.empty() && value.is_number()) wrong = CheckRange(s, value.to_number<double>(), at);
    if (wrong.empty() && value.is_array()) wrong = CheckArray(s, value.as_array(), at);
    if (wrong.empty() && value.is_object()) wrong = CheckObject(s, value.as_object(), at);
    return wrong;
  }

  // "#/components/schemas/X" -> that value.
  const Value& Resolve(const Value& ref) const {
    return document_.at_pointer(std::string(ref.as_string()).substr(1));
  }

 private:
  using Object = boost::json::object;

  static bool IsOfType(const std::string& type, const Value& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "null") return value.is_null();
    if (type == "number") return value.is_number();
    return type == "integer" && (value.is_int64() || value.is_uint64());
  }

  std::string CheckOneOf(const Object& s, const Value& value, const std::string& at) const {
    const auto* choices = s.if_contains("oneOf");
    if (choices == nullptr) return "";
    const auto fits = [&](const Value& choice) { return Check(choice, value, at).empty(); };
    const auto& list = choices->as_array();
    const auto count = std::count_if(list.begin(), list.end(), fits);
    return count == 1 ? "" : absl::StrCat(at, ": fits ", count, " of oneOf");
  }

  static std::string CheckType(const Object& s, const Value& value, const std::string& at) {
    const auto* type = s.if_contains("type");
    if (type == nullptr) return "";
    bool fits = false;
    if (type->is_string()) {
      fits = IsOfType(std::string(type->as_string()), value);
    } else {
      for (const Value& t : type->as_array()) fits |= IsOfType(std::string(t.as_string()), value);
    }
    return fits ? "" : absl::StrCat(at, ": is not of type ", boost::json::serialize(*type));
  }

  static std::string CheckEnum(const Object& s, const Value& value, const std::string& at) {
    const auto* names = s.if_contains("enum");
    if (names == nullptr) return "";
    const auto& list = names->as_array();
    const bool known = std::find(list.begin(), list.end(), value) != list.end();
    return known ? "" : absl::StrCat(at, ": is none of ", boost::json::serialize(*names));
  }

  static std::string CheckRange(const Object& s, double value, const std::string& at) {
    const auto* min = s.if_contains("minimum");
    const auto* max = s.if_contains("maximum");
    const bool fits = (min == nullptr || value >= min->to_number<double>()) &&
                      (max == nullptr || value <= max->to_number<double>());
    return fits ? "" : absl::StrCat(at, ": ", value, " is out of range");
  }

  std::string CheckArray(const Object& s, const boost::json::array& list,
                         const std::string& at) const {
    const auto* min = s.if_contains("minItems");
    const auto* max = s.if_contains("maxItems");
    if ((min != nullptr && list.size() < min->to_number<size_t>()) ||
        (max != nullptr && list.size() > max->to_number<size_t>())) {
      return absl::StrCat(at, ": has ", list.size(), " items");
    }
    const auto* items = s.if_contains("items");
    if (items == nullptr) return "";
    for (size_t i = 0; i < list.size(); ++i) {
      std::string wrong = Check(*items, list[i], absl::StrCat(at, "/", i));
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  std::string CheckObject(const Object& s, const Object& value, const std::string& at) const {
    if (const auto* required = s.if_contains("required")) {
      for (const Value& name : required->as_array()) {
        if (!value.contains(name.as_string()))
          return absl::StrCat(at, ": lacks ", name.as_string().c_str());
      }
    }
    const auto* properties = s.if_contains("properties");
    const auto* additional = s.if_contains("additionalProperties");
    for (const auto& [name, member] : value) {
      const std::string where = absl::StrCat(at, "/", std::string(name));
      const auto* known =
          properties == nullptr ? nullptr : properties->as_object().if_contains(name);
      const auto* schema = known != nullptr ? known : additional;
      if (schema == nullptr) continue;
      if (schema->is_bool()) {
        if (!schema->as_bool()) return absl::StrCat(where, ": is not described");
        continue;
      }
      std::string wrong = Check(*schema, member, where);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  const Value& document_;
};

}  // namespace spoor::testing
