#include "router/message/explain.h"

#include <utility>

namespace spoor {
namespace {

constexpr absl::string_view kReasons[] = {"reach", "no_reach_yet", "token", "everything",
                                          "home"};  // as in AskedFor

using Phase = std::pair<absl::string_view, uint64_t>;

void WritePhases(std::initializer_list<Phase> phases, JsonWriter& w) {
  w.Key("phases");
  w.BeginObject();
  for (const auto& [name, us] : phases) w.MemberUint(name, us);
  w.EndObject();
}

// Which slots were asked and why, how many were not, and how many nodes it took.
void WriteAsked(const ReadReport& report, JsonWriter& w) {
  w.Key("slots");
  w.BeginArray();
  for (const ReadReport::Slot& slot : report.slots) {
    w.BeginObject();
    w.MemberUint("slot", slot.slot);
    w.Member("why", kReasons[static_cast<size_t>(slot.why)]);
    w.MemberBool("answered", slot.answered);
    w.EndObject();
  }
  w.EndArray();
  w.MemberUint("pruned", report.pruned);
  w.MemberUint("nodes", report.nodes);
  w.MemberUint("rounds", report.rounds);
}

}  // namespace

void WriteExplain(const SearchCost& cost, const ReadReport& report, JsonWriter& w) {
  w.Key("explain");
  w.BeginObject();
  w.Member("plan", cost.plan);
#define COUNT(type, name, how) w.MemberUint(#name, cost.name);
#define PHASE(name)
#include "engine/search/search_cost.def"
#undef COUNT
#undef PHASE
  WritePhases(
      {
#define COUNT(type, name, how)
#define PHASE(name) {#name, cost.name},
#include "engine/search/search_cost.def"
#undef COUNT
#undef PHASE
      },
      w);
  WriteAsked(report, w);
  w.EndObject();
}

void WriteExplain(const RangeCost& cost, const ReadReport& report, JsonWriter& w) {
  w.Key("explain");
  w.BeginObject();
  w.MemberUint("judged", cost.judged);
  w.MemberUint("read", cost.read);
  WritePhases({{"judge_us", cost.judge_us}, {"read_us", cost.read_us}}, w);
  WriteAsked(report, w);
  w.EndObject();
}

}  // namespace spoor
