#include "router/api/precondition.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "router/message/accept.h"

namespace spoor {
namespace {

constexpr absl::string_view kForms[] = {"", "geo"};

std::optional<std::vector<std::string>> TagsOf(const ApiRequest& request, absl::string_view name) {
  const std::string* header = FindHeader(request, name);
  if (header == nullptr) return std::nullopt;
  std::vector<std::string> tags;  // no tag of ours has a comma
  for (const absl::string_view tag : absl::StrSplit(*header, ',')) {
    tags.emplace_back(absl::StripAsciiWhitespace(tag));
  }
  return tags;
}

}  // namespace

std::string VersionText(const VersionInLog& of) {
  return absl::StrFormat("%016x-%u", of.log_id, of.version);
}

std::string EntityTag(const VersionInLog& of, absl::string_view form) {
  return absl::StrCat("\"", VersionText(of), form.empty() ? "" : "-", form, "\"");
}

Precondition::Precondition(const ApiRequest& request)
    : match_(TagsOf(request, "if-match")), none_match_(TagsOf(request, "if-none-match")) {}

bool Precondition::Names(const Tags& tags, const VersionInLog& of) {
  const auto is_named = [&](absl::string_view tag) {
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
  };
  if (of.version == 0) return false;
  return is_named("*") || std::any_of(std::begin(kForms), std::end(kForms),
                                      [&](auto form) { return is_named(EntityTag(of, form)); });
}

bool Precondition::Holds(const VersionInLog& of) const {
  if (match_ && !Names(*match_, of)) return false;
  return !none_match_ || !Names(*none_match_, of);
}

}  // namespace spoor
