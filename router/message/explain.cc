#include "router/message/explain.h"

#include <utility>

namespace spoor {
namespace {

constexpr absl::string_view kReasons[] = {"reach", "no_reach_yet", "token",
                                          "everything"};  // as in AskedFor

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
}

}  // namespace

void WriteExplain(const SearchCost& cost, const ReadReport& report, JsonWriter& w) {
  w.Key("explain");
  w.BeginObject();
  w.Member("plan", cost.plan);
  w.MemberUint("segments", cost.segments);
  w.MemberUint("query_geodabs", cost.query_geodabs);
  w.MemberUint("postings", cost.postings);
  w.MemberUint("postings_read", cost.postings_read);
  w.MemberUint("candidates", cost.candidates);
  w.MemberUint("verified", cost.verified);
  w.MemberUint("bounded", cost.bounded);
  w.MemberUint("refined", cost.refined);
  w.MemberUint("cells", cost.cells);
  WritePhases({{"fingerprint_us", cost.fingerprint_us},
               {"propose_us", cost.propose_us},
               {"bound_us", cost.bound_us},
               {"read_us", cost.read_us},
               {"measure_us", cost.measure_us}},
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
