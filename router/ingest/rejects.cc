#include "router/ingest/rejects.h"

#include <boost/json.hpp>

#include "absl/strings/str_cat.h"
#include "router/message/json_members.h"

namespace spoor {
namespace {

namespace json = boost::json;

constexpr size_t kShown = 5;

std::string Describe(const std::string& file, uint64_t line, const std::string& id,
                     const json::value& error) {
  std::string text = absl::StrCat(file, ":", line, ": ", id, id.empty() ? "" : ": ");
  const std::string field = TextMember(error, "field");
  absl::StrAppend(&text, field.empty() ? "it" : field);
  if (const json::value* value = Member(error, "value")) {
    absl::StrAppend(&text, " is ", json::serialize(*value));
  }
  absl::StrAppend(&text, "; allowed: ", TextMember(error, "allowed"));
  return text;
}

}  // namespace

absl::Status Rejects::Open(const std::string& path, bool append) {
  path_ = path;
  out_.open(path, std::ios::binary | (append ? std::ios::app : std::ios::trunc));
  if (out_) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("cannot write ", path));
}

void Rejects::Add(const std::string& file, uint64_t line, const std::string& id,
                  const json::value& error) {
  ++count_;
  if (first_.size() < kShown) first_.push_back(Describe(file, line, id, error));
  if (!out_.is_open()) return;
  out_ << json::serialize(
              json::object{{"file", file}, {"line", line}, {"id", id}, {"error", error}})
       << '\n';
}

absl::Status Rejects::Flush() {
  if (!out_.is_open() || out_.flush()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write ", path_));
}

}  // namespace spoor
