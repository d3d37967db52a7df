#include "absl/strings/str_cat.h"
#include "engine/store/home_key.h"
#include "engine/store/log_value.h"
#include "shard/map/mapper.h"

namespace spoor {
namespace {

// Whole records, as a log keeps them, those of one object under one key; of a trip without an
// object, or where each trip counts by itself, under one of its own.
class JourneysMapping : public Mapper {
 public:
  explicit JourneysMapping(bool per_object) : per_object_(per_object) {}

  void Map(const Trajectory& record, const MapEmit& emit) const override {
    const bool by_object = per_object_ && !record.object.empty();
    emit(StableHash(by_object ? record.object : record.id.value()), EncodeLogValue(record));
  }

 private:
  const bool per_object_;
};

}  // namespace

// params: "object" (or nothing) or "trajectory", per which journeys are.
absl::StatusOr<std::unique_ptr<const Mapper>> JourneysMapper(absl::string_view params) {
  if (!params.empty() && params != "object" && params != "trajectory") {
    return absl::InvalidArgumentError(
        absl::StrCat("mapper journeys is per '", params, "'; allowed: object, trajectory"));
  }
  return std::make_unique<const JourneysMapping>(params != "trajectory");
}

}  // namespace spoor
