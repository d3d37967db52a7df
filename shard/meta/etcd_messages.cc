#include "shard/meta/etcd_messages.h"

#include <boost/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace spoor::etcd {
namespace {

namespace json = boost::json;

constexpr size_t kShown = 200;  // bytes of what somebody else said, in a message

absl::string_view View(json::string_view text) { return {text.data(), text.size()}; }

std::string Quoted(absl::string_view bytes) {
  return absl::StrCat("\"", absl::Base64Escape(bytes), "\"");
}

absl::Status Odd(absl::string_view body) {
  return absl::InternalError(
      absl::StrCat("not an answer of etcd: '", absl::CHexEscape(body.substr(0, kShown)), "'"));
}

// The request of a change that is made only while the key has the revision.
std::string Txn(absl::string_view key, uint64_t revision, absl::string_view change) {
  return absl::StrCat(R"({"compare":[{"key":)", Quoted(key),
                      R"(,"target":"MOD","result":"EQUAL","mod_revision":")", revision,
                      R"("}],"success":[)", change, "]}");
}

// No value when the text is no JSON object.
absl::StatusOr<json::object> ParseObject(absl::string_view body) {
  json::error_code error;
  json::value value = json::parse(json::string_view(body.data(), body.size()), error);
  if (error || !value.is_object()) return Odd(body);
  return std::move(value.as_object());
}

// A field that is absent has its default value.  False when it is there and is something else.
bool ReadNumber(const json::object& from, json::string_view name, uint64_t* number) {
  const json::value* value = from.if_contains(name);
  *number = 0;
  if (value == nullptr) return true;
  return value->is_string() && absl::SimpleAtoi(View(value->get_string()), number);
}

bool ReadBytes(const json::object& from, json::string_view name, std::string* bytes) {
  const json::value* value = from.if_contains(name);
  bytes->clear();
  if (value == nullptr) return true;
  return value->is_string() && absl::Base64Unescape(View(value->get_string()), bytes);
}

bool ReadFlag(const json::object& from, json::string_view name, bool* flag) {
  const json::value* value = from.if_contains(name);
  *flag = value != nullptr && value->is_bool() && value->get_bool();
  return value == nullptr || value->is_bool();
}

bool ReadRevision(const json::object& answer, uint64_t* revision) {
  const json::value* header = answer.if_contains("header");
  return header != nullptr && header->is_object() &&
         ReadNumber(header->get_object(), "revision", revision) && *revision > 0;
}

bool ReadValue(const json::value& from, MetaValue* value) {
  if (!from.is_object()) return false;
  const json::object& kv = from.get_object();
  return ReadBytes(kv, "key", &value->key) && ReadBytes(kv, "value", &value->value) &&
         ReadNumber(kv, "mod_revision", &value->revision) && !value->key.empty() &&
         value->revision > 0;
}

// What a stream says is {"result": ...} or {"error": ...}.
absl::StatusOr<json::object> ParseResult(absl::string_view body) {
  auto answer = ParseObject(body);
  if (!answer.ok()) return answer.status();
  json::value* result = answer->if_contains("result");
  if (result != nullptr && result->is_object()) return std::move(result->as_object());
  if (answer->contains("error")) {
    return absl::UnavailableError(absl::StrCat("etcd: ", absl::CHexEscape(body.substr(0, kShown))));
  }
  return Odd(body);
}

}  // namespace

std::string GetRequest(absl::string_view key) {
  return absl::StrCat("{\"key\":", Quoted(key), "}");
}

std::string ListRequest(absl::string_view prefix, absl::string_view from, int limit,
                        uint64_t revision) {
  if (from.empty()) from = absl::string_view("\0", 1);  // etcd knows no empty key
  return absl::StrCat("{\"key\":", Quoted(from), ",\"range_end\":", Quoted(PrefixEnd(prefix)),
                      ",\"limit\":\"", limit, "\",\"revision\":\"", revision, "\"}");
}

std::string PutRequest(const MetaValue& change, Lease lease) {
  return Txn(change.key, change.revision,
             absl::StrCat(R"({"request_put":{"key":)", Quoted(change.key), R"(,"value":)",
                          Quoted(change.value), R"(,"lease":")", lease, "\"}}"));
}

std::string DeleteRequest(absl::string_view key, uint64_t revision) {
  return Txn(key, revision, absl::StrCat(R"({"request_delete_range":{"key":)", Quoted(key), "}}"));
}

std::string GrantRequest(int64_t ttl_s) { return absl::StrCat("{\"TTL\":\"", ttl_s, "\"}"); }

std::string LeaseRequest(Lease lease) { return absl::StrCat("{\"ID\":\"", lease, "\"}"); }

std::string WatchRequest(absl::string_view prefix) {
  const absl::string_view from = prefix.empty() ? absl::string_view("\0", 1) : prefix;
  return absl::StrCat(R"({"create_request":{"key":)", Quoted(from), R"(,"range_end":)",
                      Quoted(PrefixEnd(prefix)), "}}");
}

std::string PrefixEnd(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xFF') end.pop_back();
  if (end.empty()) return std::string(1, '\0');
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

absl::StatusOr<RangeAnswer> ParseRange(absl::string_view body) {
  auto answer = ParseObject(body);
  if (!answer.ok()) return answer.status();
  RangeAnswer range;
  if (!ReadRevision(*answer, &range.listing.revision) || !ReadFlag(*answer, "more", &range.more)) {
    return Odd(body);
  }
  const json::value* values = answer->if_contains("kvs");
  if (values == nullptr) return range;
  if (!values->is_array()) return Odd(body);
  for (const json::value& from : values->get_array()) {
    MetaValue value;
    if (!ReadValue(from, &value)) return Odd(body);
    range.listing.values.push_back(std::move(value));
  }
  return range;
}

absl::StatusOr<uint64_t> ParseTxn(absl::string_view body) {
  auto answer = ParseObject(body);
  if (!answer.ok()) return answer.status();
  uint64_t revision = 0;
  bool succeeded = false;
  if (!ReadRevision(*answer, &revision) || !ReadFlag(*answer, "succeeded", &succeeded)) {
    return Odd(body);
  }
  if (!succeeded) return absl::AbortedError("the key has another revision than expected");
  return revision;
}

absl::StatusOr<Lease> ParseGrant(absl::string_view body) {
  auto answer = ParseObject(body);
  if (!answer.ok()) return answer.status();
  Lease lease = 0;
  if (!ReadNumber(*answer, "ID", &lease) || lease == 0) return Odd(body);
  return lease;
}

absl::Status ParseKeepAlive(absl::string_view body) {
  auto result = ParseResult(body);
  if (!result.ok()) return result.status();
  uint64_t ttl_s = 0, lease = 0;
  if (!ReadNumber(*result, "TTL", &ttl_s) || !ReadNumber(*result, "ID", &lease)) return Odd(body);
  return ttl_s > 0 ? absl::OkStatus()
                   : absl::NotFoundError(absl::StrCat("lease ", lease, " is over"));
}

absl::Status ParseWatchLine(absl::string_view line) {
  auto result = ParseResult(line);
  if (!result.ok()) return result.status();
  bool canceled = false;
  if (!ReadFlag(*result, "canceled", &canceled)) return Odd(line);
  return canceled ? absl::UnavailableError("etcd has ended the watch") : absl::OkStatus();
}

absl::Status ParseError(unsigned http_status, absl::string_view body) {
  const auto answer = ParseObject(body);
  const json::value* code = answer.ok() ? answer->if_contains("code") : nullptr;
  const json::value* error = answer.ok() ? answer->if_contains("error") : nullptr;
  const std::string text = absl::StrCat(
      "etcd answers ", http_status, ": ",
      absl::CHexEscape((error != nullptr && error->is_string() ? View(error->get_string()) : body)
                           .substr(0, kShown)));
  // Codes of gRPC, which are absl's.
  switch (code != nullptr && code->is_int64() ? code->get_int64() : 0) {
    case static_cast<int>(absl::StatusCode::kNotFound):
      return absl::NotFoundError(text);
    case static_cast<int>(absl::StatusCode::kInvalidArgument):
      return absl::InvalidArgumentError(text);
    case static_cast<int>(absl::StatusCode::kOutOfRange):
      return absl::OutOfRangeError(text);
    case static_cast<int>(absl::StatusCode::kResourceExhausted):
      return absl::ResourceExhaustedError(text);
    default:
      return absl::UnavailableError(text);
  }
}

}  // namespace spoor::etcd
