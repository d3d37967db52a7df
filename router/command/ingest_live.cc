#include "router/command/ingest_live.h"

#include <boost/json.hpp>
#include <ostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/format/make_readers.h"
#include "router/command/json_text.h"
#include "router/message/target.h"

namespace spoor {
namespace {

std::string SecondsText(int64_t ms) { return absl::StrCat(static_cast<double>(ms) / 1000); }

}  // namespace

absl::Status CheckLive(const IngestOptions& options) {
  const auto refuse = [](absl::string_view why) { return absl::InvalidArgumentError(why); };
  if (!options.cut_trips) return refuse("--lateness needs --cut-trips");
  if (options.dry_run) return refuse("--dry-run is for files that are cut as a whole");
  if (options.clean) return refuse("--clean is for files that are cut as a whole");
  if (!options.cutting.state.empty()) {
    return refuse("--state is for files that are cut as a whole");
  }
  if (options.part.format != "auto" && options.part.format != "ndjson") {
    return refuse(absl::StrCat("--format is ", options.part.format,
                               "; allowed with --lateness: ndjson, a fix a line"));
  }
  if (!RefuseTableOptions(options.part.read, "ndjson").ok()) {
    return refuse("--preset, --columns and what else is of tables do not go with --lateness");
  }
  return absl::OkStatus();
}

std::string LiveTarget(const IngestOptions& options) {
  const TripRules& rules = options.cutting.rules;
  std::vector<std::string> params = {absl::StrCat("lateness_s=", SecondsText(*options.lateness_ms)),
                                     absl::StrCat("gap_s=", SecondsText(rules.max_gap_ms)),
                                     absl::StrCat("dwell_s=", SecondsText(rules.dwell_ms)),
                                     absl::StrCat("dwell_m=", rules.dwell_m),
                                     absl::StrCat("min_length_m=", rules.min_length_m)};
  const auto add = [&params](absl::string_view name, absl::string_view value) {
    params.push_back(absl::StrCat(name, "=", PercentEncode(value)));
  };
  if (!options.ack.empty()) add("ack", options.ack);
  if (!options.rejects_file.empty()) add("results", "all");
  const TimeForm& time = options.part.read.time;
  if (!time.format.empty()) add("time_format", time.format);
  if (time.unit != TimeUnit::kSeconds) add("time_unit", kTimeUnits[static_cast<size_t>(time.unit)]);
  if (time.zone != absl::UTCTimeZone()) add("time_zone", time.zone.name());
  return absl::StrCat("/fixes?", absl::StrJoin(params, "&"));
}

void NoteLive(const boost::json::value& answer, LiveTotals& totals) {
  totals.fixes += CountMember(answer, "fixes");
  totals.accepted += CountMember(answer, "accepted");
  totals.repeated += CountMember(answer, "repeated");
  totals.late += CountMember(answer, "late");
  totals.rejected += CountMember(answer, "rejected");
  const boost::json::value* sealed = Member(answer, "sealed");
  if (sealed == nullptr) return;
  totals.sealed += {.trips = CountMember(*sealed, "trips"),
                    .fixes = CountMember(*sealed, "fixes"),
                    .resting = CountMember(*sealed, "resting"),
                    .too_short = CountMember(*sealed, "too_short")};
  const boost::json::value* held = Member(answer, "held");
  if (held != nullptr && held->is_number()) totals.held += held->to_number<int64_t>();
}

void PrintLive(const LiveTotals& totals, std::ostream& out) {
  const TripCounts& sealed = totals.sealed;
  out << "of " << ShowCount(totals.fixes) << " fixes " << ShowCount(totals.accepted)
      << " were new, " << ShowCount(totals.repeated) << " repeated, " << ShowCount(totals.late)
      << " late, " << ShowCount(totals.rejected) << " rejected\n"
      << "sealed " << ShowCount(sealed.trips) << " trips of " << ShowCount(sealed.fixes)
      << "; at rest " << ShowCount(sealed.resting) << ", in what was too short "
      << ShowCount(sealed.too_short) << ", held in open trips " << (totals.held < 0 ? "-" : "+")
      << ShowCount(static_cast<uint64_t>(totals.held < 0 ? -totals.held : totals.held)) << '\n';
}

boost::json::object LiveJson(const LiveTotals& totals) {
  return {{"fixes", totals.fixes},
          {"accepted", totals.accepted},
          {"repeated", totals.repeated},
          {"late", totals.late},
          {"rejected", totals.rejected},
          {"sealed", boost::json::object{{"trips", totals.sealed.trips},
                                         {"fixes", totals.sealed.fixes},
                                         {"resting", totals.sealed.resting},
                                         {"too_short", totals.sealed.too_short}}},
          {"held", totals.held}};
}

}  // namespace spoor
