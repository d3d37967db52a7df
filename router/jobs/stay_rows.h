#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/stay/stay_finder.h"
#include "engine/stay/stay_region.h"
#include "router/jobs/journeys.h"
#include "router/message/json_reader.h"
#include "router/message/json_writer.h"

// What jobs that find stays have in common: parameters, and how a stay is told.
namespace spoor {

struct StayParams {
  const StayMethod* method = FindStayMethod("centroid");
  StayRules rules;
  double buffer_m = 7.8;
  bool per_object = true;
};
// Their schemas, members of "properties".
#define SPOOR_STAY_PROPERTIES                                                                   \
  R"("method": {"enum": ["centroid", "diameter", "reference"], "default": "centroid"},)"        \
  R"( "distance_m": {"type": "number", "minimum": 0.001, "maximum": 1000000, "default": 100},)" \
  R"( "duration_s": {"type": "number", "minimum": 0, "maximum": 1000000000, "default": 1200},)" \
  R"( "restart": {"enum": ["break", "slide"], "default": "break"},)"                            \
  R"( "max_gap_s": {"type": "number", "minimum": 0, "maximum": 1000000000000},)"                \
  R"( "buffer_m": {"type": "number", "minimum": 0.001, "maximum": 100000, "default": 7.8},)"    \
  R"( "per": {"enum": ["object", "trajectory"], "default": "object"})"
void ReadStayParams(ObjectReader& object, StayParams& out);
void WriteStayParams(const StayParams& params, JsonWriter& w);  // members of an open object

inline constexpr absl::string_view kStayColumns[] = {"stay",   "object", "arrive", "last_fix",
                                                     "depart", "open",   "fixes",  "gap_s"};

absl::StatusOr<std::vector<Stay>> StaysOf(const StayParams& params,
                                          const std::vector<JourneyFix>& fixes,
                                          const Patience& patience);
// Bytes that are ordered as (object, arrive) are: objects by name, behind them trips by id.
std::string StayOrder(const JourneyName& name, const Stay& stay);
std::vector<RegionVertex> RegionOf(const StayParams& params, const std::vector<JourneyFix>& fixes,
                                   const Stay& stay);
// A row of part stays but for its number: what stands behind `{"stay":N`.
std::string StayRow(const Journey& journey, const std::vector<JourneyFix>& fixes, const Stay& stay,
                    const std::vector<RegionVertex>& region);
void WriteFixOf(absl::string_view key, const std::string& id, uint32_t fix, JsonWriter& w);

}  // namespace spoor
