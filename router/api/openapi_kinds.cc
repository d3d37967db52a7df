#include "router/api/openapi_kinds.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "router/jobs/kind.h"
#include "router/message/openapi.h"

namespace spoor {
namespace {

// Puts `text` in the place of the value of that member, an object without braces in its texts.
void Replace(absl::string_view member, absl::string_view text, std::string& page) {
  const size_t name = page.find(absl::StrCat("\"", member, "\": {"));
  if (name == std::string::npos) return;
  const size_t from = page.find('{', name);
  size_t to = from, open = 0;
  do {
    open += page[to] == '{' ? 1 : 0;
    open -= page[to] == '}' ? 1 : 0;
  } while (++to < page.size() && open > 0);
  page.replace(from, to - from, text.data(), text.size());
}

}  // namespace

std::string OpenApiWithKinds() {
  std::string page(OpenApiJson());
  const auto name = [](std::string* out, const Kind* kind) {
    absl::StrAppend(out, "\"", kind->name, "\"");
  };
  const auto schema = [](std::string* out, const Kind* kind) {
    absl::StrAppend(out, "{\"title\": \"", kind->name, "\", \"description\": \"", kind->what,
                    "\", \"allOf\": [", kind->schema, "]}");
  };
  Replace(
      "JobType",
      absl::StrCat(R"({"type": "string", "enum": [)", absl::StrJoin(AllKinds(), ", ", name), "]}"),
      page);
  Replace("JobParams",
          absl::StrCat(R"({"anyOf": [)", absl::StrJoin(AllKinds(), ", ", schema), "]}"), page);
  return page;
}

}  // namespace spoor
