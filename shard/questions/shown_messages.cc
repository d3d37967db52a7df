#include "shard/questions/shown_messages.h"

#include <cmath>
#include <utility>
#include <vector>

#include "proto/search.pb.h"
#include "shard/questions/message_parts.h"
#include "shard/questions/search_messages.h"

namespace spoor {

void EncodeShow(const Show& show, v1::Show& out) {
  out.set_summary(show.summary);
  out.set_tags(show.tags);
  out.set_geometry(show.geometry);
}

Show DecodeShow(const v1::Show& in) {
  return {.summary = in.summary(), .tags = in.tags(), .geometry = in.geometry()};
}

void EncodeShown(const ShownRecord& shown, v1::Shown& out) {
  out.set_home(shown.home);
  out.set_object(shown.object);
  if (shown.summary) {
    v1::Shown::Summary& summary = *out.mutable_summary();
    EncodeBox(shown.summary->box, *summary.mutable_box());
    EncodeFixes(std::vector<Fix>{shown.summary->start, shown.summary->end},
                *summary.mutable_ends());
    summary.set_length_m(shown.summary->length_m);
    summary.set_fixes(shown.summary->fixes);
    summary.set_geodabs(shown.geodabs);
  }
  for (const auto& [name, value] : shown.tags) {
    v1::Shown::Tag& tag = *out.add_tags();
    tag.set_name(name);
    tag.set_value(value);
  }
  if (!shown.fixes.empty()) EncodeFixes(shown.fixes, *out.mutable_fixes());
}

namespace {

absl::StatusOr<Summary> DecodeSummary(const v1::Shown::Summary& in) {
  const auto box = DecodeBox("shown.summary.box", in.box());
  if (!box.ok()) return box.status();
  const auto ends = DecodeFixes(in.ends());
  if (!ends.ok()) return ends.status();
  if (ends->size() != 2) return Wrong("shown.summary.ends", ends->size(), "2");
  if (!std::isfinite(in.length_m()) || in.length_m() < 0) {
    return Wrong("shown.summary.length_m", in.length_m(), "0 or more");
  }
  return Summary{.box = *box,
                 .start = (*ends)[0],
                 .end = (*ends)[1],
                 .length_m = in.length_m(),
                 .fixes = in.fixes()};
}

}  // namespace

absl::StatusOr<ShownRecord> DecodeShown(const v1::Shown& in) {
  ShownRecord out{.home = in.home(),
                  .object = in.object(),
                  .summary = {},
                  .geodabs = in.summary().geodabs(),
                  .tags = {},
                  .fixes = {}};
  if (!in.object().empty() && !IsValidName(in.object())) {
    return Wrong("shown.object", in.object().size(), "0 ... 256 bytes of a name");
  }
  if (in.has_summary()) {
    auto summary = DecodeSummary(in.summary());
    if (!summary.ok()) return summary.status();
    out.summary = *summary;
  }
  for (const v1::Shown::Tag& tag : in.tags()) {
    if (!IsUtf8(tag.name()) || !IsUtf8(tag.value())) {
      return Wrong("shown.tags", tag.name().size(), "UTF-8");
    }
    out.tags.emplace_back(tag.name(), tag.value());
  }
  if (!in.has_fixes()) return out;
  auto fixes = DecodeFixes(in.fixes());
  if (!fixes.ok()) return fixes.status();
  out.fixes = *std::move(fixes);
  return out;
}

}  // namespace spoor
