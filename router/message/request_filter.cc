#include "router/message/request_filter.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/format/time_text.h"
#include "geo/enum_names.h"
#include "router/message/request_geometry.h"
#include "router/message/token.h"

namespace spoor {
namespace {

constexpr absl::string_view kRelations[] = {"intersects", "within", "starts", "ends"};
static_assert(AreNamesOf<Relation>(kRelations, {{Relation::kIntersects, "intersects"},
                                                {Relation::kWithin, "within"},
                                                {Relation::kStarts, "starts"},
                                                {Relation::kEnds, "ends"}}));
constexpr absl::string_view kTagAllowed = "a string of at most 1024 bytes";

bool IsTagText(absl::string_view text) { return text.size() <= kMaxTagBytes; }

// A list of which any may hold: of none nothing could, and who has none to name means something
// else.
std::vector<std::string> ReadAlternatives(const JsonValue& value, bool (*valid)(absl::string_view),
                                          absl::string_view allowed, Problems& problems) {
  auto texts = ReadTexts(value, valid, allowed, problems);
  if (texts.empty() && problems.ok()) problems.Add(value.Pointer(), "", "at least one value");
  return texts;
}

std::map<std::string, std::vector<std::string>> ReadTags(const JsonValue& value,
                                                         Problems& problems) {
  std::map<std::string, std::vector<std::string>> tags;
  const auto object = value.AsObject();
  if (!object || object->size() > kMaxTags) {
    problems.Add(
        value.Pointer(), value.Text(),
        absl::StrCat("an object of at most ", kMaxTags, " names, each with a list of strings"));
    return tags;
  }
  for (const auto& field : *object) {
    const absl::string_view name(field.key.data(), field.key.size());
    const JsonValue values(field.value, &value, name);
    if (!IsTagText(name)) problems.Add(values.Pointer(), "", std::string(kTagAllowed));
    tags[std::string(name)] = ReadAlternatives(values, &IsTagText, kTagAllowed, problems);
  }
  return tags;
}

std::optional<Box> BoxFromText(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ',');
  std::array<double, 4> wsen{};
  if (parts.size() != wsen.size()) return std::nullopt;
  for (size_t i = 0; i < wsen.size(); ++i) {
    if (!absl::SimpleAtod(parts[i], &wsen[i])) return std::nullopt;
  }
  return BoxFromDegrees(wsen);
}

std::optional<std::pair<int64_t, int64_t>> SpanFromText(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ',');
  if (parts.size() != 2) return std::nullopt;
  const auto from = TimeFromText(parts[0]), to = TimeFromText(parts[1]);
  if (!from || !to || *from > *to) return std::nullopt;
  return std::make_pair(*from, *to);
}

}  // namespace

Filter ReadFilter(const JsonValue& value, Problems& problems) {
  Filter filter;
  ObjectReader object(value, problems);
  if (const auto time = object.Find("time")) filter.time_ms = ReadTimeSpan(*time, problems);
  const auto box = object.Find("bbox"), polygon = object.Find("polygon");
  if (box) filter.box = ReadBox(*box, problems);
  if (polygon) filter.region = ReadRegion(*polygon, problems);
  const auto relation = object.OneOf("relation", kRelations);
  if (relation) filter.relation = static_cast<Relation>(*relation);
  if (relation.value_or(0) != 0 && !box && !polygon) {  // the default may stand without them
    problems.Add(value.Pointer() + "/relation", "", "with bbox or polygon only");
  }
  if (const auto objects = object.Find("objects")) {
    filter.objects = ReadAlternatives(*objects, &IsValidName, kIdAllowed, problems);
  }
  if (const auto tags = object.Find("tags")) filter.tags = ReadTags(*tags, problems);
  filter.exclude = object.Texts("exclude", &IsValidName, kIdAllowed);
  object.Finish();
  return filter;
}

Filter FilterFromParams(const Target& target, Problems& problems) {
  Filter filter;
  if (const std::string* text = target.Param("bbox")) {
    filter.box = BoxFromText(*text);
    if (!filter.box) problems.Add("?bbox", Quoted(*text), "w,s,e,n: " + std::string(kBoxAllowed));
  }
  if (const std::string* text = target.Param("time")) {
    filter.time_ms = SpanFromText(*text);
    if (!filter.time_ms) {
      problems.Add("?time", Quoted(*text),
                   absl::StrCat("from,to with from <= to: ", kTimeTextAllowed));
    }
  }
  if (const std::string* text = target.Param("object")) {
    if (!IsValidName(*text)) problems.Add("?object", Quoted(*text), std::string(kIdAllowed));
    filter.objects = {*text};
  }
  return filter;
}

uint64_t UintParam(const Target& target, absl::string_view name,
                   std::pair<uint64_t, uint64_t> range, uint64_t fallback, Problems& problems) {
  const std::string* text = target.Param(name);
  if (text == nullptr) return fallback;
  uint64_t value = 0;
  const bool digits =
      std::all_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits && absl::SimpleAtoi(*text, &value) && value >= range.first && value <= range.second)
    return value;
  problems.Add(absl::StrCat("?", name), Quoted(*text),
               absl::StrCat("a whole number, ", range.first, " … ", range.second));
  return fallback;
}

size_t ChoiceParam(const Target& target, absl::string_view name,
                   absl::Span<const absl::string_view> names, Problems& problems) {
  const std::string* text = target.Param(name);
  if (text == nullptr) return 0;
  const auto at = std::find(names.begin(), names.end(), *text);
  if (at != names.end()) return static_cast<size_t>(at - names.begin());
  problems.Add(absl::StrCat("?", name), Quoted(*text), absl::StrJoin(names, ", "));
  return 0;
}

std::string CursorParam(const Target& target, absl::string_view list, Problems& problems) {
  const std::string* text = target.Param("cursor");
  if (text == nullptr) return "";
  const auto after_id = DecodeCursor(list, *text);
  if (!after_id)
    problems.Add("?cursor", Quoted(*text), "the `next` of an earlier page of this list");
  return after_id.value_or("");
}

}  // namespace spoor
