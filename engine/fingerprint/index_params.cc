#include "engine/fingerprint/index_params.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "geo/cell.h"

namespace spoor {
namespace {

struct SchemeEntry {
  Scheme scheme;
  absl::string_view name;
};
constexpr SchemeEntry kSchemes[] = {
    {Scheme::kV2, "v2"}, {Scheme::kPaper, "paper"}, {Scheme::kCells, "cells"}};

absl::Status OutOfRange(absl::string_view field, double value, absl::string_view allowed) {
  return absl::InvalidArgumentError(absl::StrCat(field, " is ", value, ", allowed is ", allowed));
}

absl::Status CheckInt(absl::string_view field, int value, int least, int most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return OutOfRange(field, value, absl::StrCat(least, " ... ", most));
}

absl::Status CheckReal(absl::string_view field, double value, double least, double most) {
  if (value >= least && value <= most) return absl::OkStatus();  // false for NaN
  return OutOfRange(field, value, absl::StrCat(least, " ... ", most));
}

absl::Status CheckDepth(const IndexParams& params) {
  if (params.scheme != Scheme::kV2) return CheckInt("depth", params.depth, 2, kMaxDepth);
  if (params.depth == kOwnDepth) return absl::OkStatus();
  if (params.depth >= 2 && params.depth <= kMaxDepth) return absl::OkStatus();
  return OutOfRange("depth", params.depth,
                    absl::StrCat("2 ... ", kMaxDepth, ", or ", kOwnDepth, " for each trip's own"));
}

}  // namespace

IndexParams PaperParams() {
  return {.scheme = Scheme::kPaper,
          .depth = 36,
          .k = 6,
          .t = 12,
          .grids = 1,
          .smoothing_s = 0,
          .smoothing_m = 0,
          .max_speed_mps = 0};
}

IndexParams CellParams() {
  IndexParams params = PaperParams();
  params.scheme = Scheme::kCells;
  params.k = params.t = 1;
  return params;
}

IndexParams AutoParams() { return {.depth = kOwnDepth}; }

absl::Status Validate(const IndexParams& params) {
  if (SchemeName(params.scheme).empty()) {
    return OutOfRange("scheme", static_cast<int>(params.scheme), "v2, paper, cells");
  }
  if (params.prefix != Prefix::kCentroid && params.prefix != Prefix::kCover) {
    return OutOfRange("prefix", static_cast<int>(params.prefix), "centroid, cover");
  }
  const absl::Status checks[] = {
      CheckDepth(params),
      CheckInt("k", params.k, 1, 16),
      CheckInt("t", params.t, params.k, 64),
      CheckInt("grids", params.grids, 1, 2),
      CheckReal("smoothing_s", params.smoothing_s, 0, 3600),
      CheckReal("smoothing_m", params.smoothing_m, 0, 100'000),
      CheckReal("max_gap_s", params.max_gap_s, 0.001, 1e9),
      CheckReal("max_gap_m", params.max_gap_m, 1, 1'000'000),
      CheckReal("max_speed_mps", params.max_speed_mps, 0, 1e9),
  };
  for (const absl::Status& check : checks) {
    if (!check.ok()) return check;
  }
  return absl::OkStatus();
}

absl::string_view SchemeName(Scheme scheme) {
  for (const SchemeEntry& entry : kSchemes) {
    if (entry.scheme == scheme) return entry.name;
  }
  return {};
}

bool SchemeFromName(absl::string_view name, Scheme* scheme) {
  for (const SchemeEntry& entry : kSchemes) {
    if (entry.name != name) continue;
    *scheme = entry.scheme;
    return true;
  }
  return false;
}

}  // namespace spoor
