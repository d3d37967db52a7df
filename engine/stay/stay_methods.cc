#include <algorithm>

#include "engine/stay/make_stays.h"

namespace spoor {

absl::Span<const StayMethod> AllStayMethods() {
  static constexpr StayMethod kMethods[] = {
#define STAY_METHOD(name, make) {name, &(make)},
#include "engine/stay/stays.def"
#undef STAY_METHOD
  };
  return kMethods;
}

const StayMethod* FindStayMethod(absl::string_view name) {
  for (const StayMethod& m : AllStayMethods()) {
    if (m.name == name) return &m;
  }
  return nullptr;
}

std::vector<Stay> FindStays(const StayMethod& method, const StayRules& rules,
                            TrajectoryView fixes) {
  std::vector<Stay> stays;
  const auto finder = method.make(rules, [&stays](const Stay& stay) { stays.push_back(stay); });
  for (const Fix& fix : fixes) finder->Add(fix);
  finder->Finish();
  return stays;
}

}  // namespace spoor
