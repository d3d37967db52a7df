// Values that are cast to numbers on the wire and back have the same numbers on both sides, and
// keep them: nodes of other versions send them.
#include "engine/search/query.h"
#include "geo/box.h"
#include "proto/search.pb.h"

namespace spoor {
namespace {

static_assert(static_cast<int>(Relation::kIntersects) == v1::INTERSECTS);
static_assert(static_cast<int>(Relation::kWithin) == v1::WITHIN);
static_assert(static_cast<int>(Relation::kStarts) == v1::STARTS);
static_assert(static_cast<int>(Relation::kEnds) == v1::ENDS);
static_assert(v1::Relation_ARRAYSIZE == 4);

static_assert(static_cast<int>(Score::kJaccard) == v1::JACCARD);
static_assert(static_cast<int>(Score::kContainment) == v1::CONTAINMENT);
static_assert(v1::Score_ARRAYSIZE == 2);

static_assert(static_cast<int>(Direction::kSame) == v1::SAME);
static_assert(static_cast<int>(Direction::kOpposite) == v1::OPPOSITE);
static_assert(static_cast<int>(Direction::kEither) == v1::EITHER);
static_assert(v1::Direction_ARRAYSIZE == 3);

}  // namespace
}  // namespace spoor
