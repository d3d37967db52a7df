#include "absl/strings/str_cat.h"
#include "engine/store/home_key.h"
#include "engine/store/log_value.h"
#include "proto/map.pb.h"
#include "shard/map/mapper.h"

namespace spoor {
namespace {

// Whole records, as a log keeps them, or an even sample of them by the hash of their ids: the same
// one wherever they lie.  The key is that hash.
class RecordsMapping : public Mapper {
 public:
  explicit RecordsMapping(const v1::RecordsParams& params)
      : seed_(params.seed()), below_(params.below()) {}

  void Map(const Trajectory& record, const MapEmit& emit) const override {
    const uint64_t hash = StableHash(absl::StrCat(seed_, "/", record.id.value()));
    if (below_ == 0 || hash < below_) emit(hash, EncodeLogValue(record));
  }

 private:
  const uint64_t seed_, below_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<const Mapper>> RecordsMapper(absl::string_view params) {
  v1::RecordsParams in;
  if (!in.ParseFromArray(params.data(), static_cast<int>(params.size()))) {
    return absl::InvalidArgumentError("parameters of mapper records that are none");
  }
  return std::make_unique<const RecordsMapping>(in);
}

}  // namespace spoor
