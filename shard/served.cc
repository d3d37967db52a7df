#include "shard/served.h"

#include <utility>

namespace spoor {
namespace {

class OwnLog : public Served {
 public:
  explicit OwnLog(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}
  Engine& engine() const override { return *engine_; }
  absl::Status Admit(const ReadDemand& demand, uint64_t /*epoch*/, const HomeSet& /*homes*/,
                     const Patience& patience) const override {
    return demand.written ? AwaitPosition(*demand.written, patience) : absl::OkStatus();
  }
  absl::Status AwaitPosition(const LogPosition& position, const Patience& patience) const override {
    return engine_->WaitFor(position, patience);
  }
  uint32_t staleness_ms() const override { return 0; }
  bool ready() const override { return true; }

 private:
  const std::shared_ptr<Engine> engine_;
};

}  // namespace

std::shared_ptr<Served> ServeEngine(std::shared_ptr<Engine> engine) {
  return std::make_shared<OwnLog>(std::move(engine));
}

}  // namespace spoor
