#include "router/message/json_members.h"

#include <boost/json.hpp>

#include "router/message/json_writer.h"

namespace spoor {

namespace json = boost::json;

const json::value* Member(const json::value& value, absl::string_view name) {
  const json::object* object = value.if_object();
  return object == nullptr ? nullptr
                           : object->if_contains(json::string_view(name.data(), name.size()));
}

std::string TextMember(const json::value& value, absl::string_view name) {
  const json::value* member = Member(value, name);
  return member != nullptr && member->is_string() ? std::string(member->get_string()) : "";
}

double NumberMember(const json::value& value, absl::string_view name, double fallback) {
  const json::value* member = Member(value, name);
  json::error_code error;
  const double number = member == nullptr ? fallback : member->to_number<double>(error);
  return error ? fallback : number;
}

uint64_t CountMember(const json::value& value, absl::string_view name) {
  const json::value* member = Member(value, name);
  json::error_code error;
  const uint64_t count = member == nullptr ? 0 : member->to_number<uint64_t>(error);
  return error ? 0 : count;
}

bool BoolMember(const json::value& value, absl::string_view name) {
  const json::value* member = Member(value, name);
  return member != nullptr && member->is_bool() && member->get_bool();
}

const json::array& ListMember(const json::value& value, absl::string_view name) {
  static const json::array none;
  const json::value* member = Member(value, name);
  return member != nullptr && member->is_array() ? member->get_array() : none;
}

namespace {

void WriteValue(const json::value& value, JsonWriter& w) {
  if (const json::object* object = value.if_object()) {
    w.BeginObject();
    for (const auto& [name, member] : *object) {
      w.Key(absl::string_view(name.data(), name.size()));
      WriteValue(member, w);
    }
    w.EndObject();
  } else if (const json::array* array = value.if_array()) {
    w.BeginArray();
    for (const json::value& element : *array) WriteValue(element, w);
    w.EndArray();
  } else if (const double* number = value.if_double()) {
    w.Double(*number);
  } else {
    w.Raw(json::serialize(value));
  }
}

}  // namespace

std::string JsonTextOf(const json::value& value) {
  JsonWriter w;
  WriteValue(value, w);
  return w.Take();
}

}  // namespace spoor
