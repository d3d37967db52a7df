#include "router/message/index_params_json.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "geo/enum_names.h"

namespace spoor {
namespace {

constexpr absl::string_view kSchemes[] = {"v2", "paper", "cells"};
constexpr absl::string_view kPrefixes[] = {"centroid", "cover"};
static_assert(AreNamesOf<Scheme>(
    kSchemes, {{Scheme::kV2, "v2"}, {Scheme::kPaper, "paper"}, {Scheme::kCells, "cells"}}));
static_assert(AreNamesOf<Prefix>(kPrefixes,
                                 {{Prefix::kCentroid, "centroid"}, {Prefix::kCover, "cover"}}));

struct IntField {
  absl::string_view name;
  int IndexParams::* field;
};
constexpr IntField kIntFields[] = {{"depth", &IndexParams::depth},
                                   {"k", &IndexParams::k},
                                   {"t", &IndexParams::t},
                                   {"grids", &IndexParams::grids}};

struct NumberField {
  absl::string_view name;
  double IndexParams::* field;
};
constexpr NumberField kNumberFields[] = {{"smoothing_s", &IndexParams::smoothing_s},
                                         {"smoothing_m", &IndexParams::smoothing_m},
                                         {"max_gap_s", &IndexParams::max_gap_s},
                                         {"max_gap_m", &IndexParams::max_gap_m},
                                         {"max_speed_mps", &IndexParams::max_speed_mps}};

IndexParams DefaultsOf(Scheme scheme) {
  switch (scheme) {
    case Scheme::kPaper:
      return PaperParams();
    case Scheme::kCells:
      return CellParams();
    case Scheme::kV2:
      break;
  }
  return IndexParams();
}

// Validate says "<field> is <value>, allowed is <allowed>".
void ReportInvalid(const JsonValue& value, const absl::Status& invalid, Problems& problems) {
  const std::pair<absl::string_view, absl::string_view> field =
      absl::StrSplit(invalid.message(), absl::MaxSplits(" is ", 1));
  const std::pair<absl::string_view, absl::string_view> rest =
      absl::StrSplit(field.second, absl::MaxSplits(", allowed is ", 1));
  problems.Add(absl::StrCat(value.Pointer(), "/", field.first), rest.first,
               absl::StrReplaceAll(rest.second, {{" ... ", " … "}}));
}

}  // namespace

std::optional<IndexParams> ReadIndexParams(const JsonValue& value, Problems& problems) {
  if (const auto text = value.AsText()) {
    if (*text != "auto") problems.Add(value.Pointer(), value.Text(), "\"auto\" or an object");
    return std::nullopt;
  }
  ObjectReader object(value, problems);
  const auto scheme = static_cast<Scheme>(object.OneOf("scheme", kSchemes).value_or(0));
  IndexParams params = DefaultsOf(scheme);
  for (const IntField& f : kIntFields) {  // ranges are Validate's
    if (const auto number = object.Uint(f.name, 0, 1'000'000))
      params.*f.field = static_cast<int>(*number);
  }
  for (const NumberField& f : kNumberFields) {
    constexpr double kMax = std::numeric_limits<double>::max();
    if (const auto number = object.Number(f.name, -kMax, kMax)) params.*f.field = *number;
  }
  if (const auto prefix = object.OneOf("prefix", kPrefixes))
    params.prefix = static_cast<Prefix>(*prefix);
  object.Finish();
  if (!problems.ok()) return std::nullopt;
  if (const absl::Status valid = Validate(params); !valid.ok())
    ReportInvalid(value, valid, problems);
  return params;
}

void WriteIndexParams(const IndexParams& params, JsonWriter& w) {
  w.BeginObject();
  w.Member("scheme", SchemeName(params.scheme));
  for (const IntField& f : kIntFields) w.MemberUint(f.name, static_cast<uint64_t>(params.*f.field));
  for (const NumberField& f : kNumberFields) w.Key(f.name), w.Double(params.*f.field);
  if (params.scheme == Scheme::kPaper)
    w.Member("prefix", kPrefixes[static_cast<size_t>(params.prefix)]);
  w.EndObject();
}

}  // namespace spoor
