#pragma once

#include <memory>

#include "engine/stay/stay_finder.h"

namespace spoor {

#define STAY_METHOD(name, make) std::unique_ptr<StayFinder> make(const StayRules&, StaySink);
#include "engine/stay/stays.def"
#undef STAY_METHOD

}  // namespace spoor
