#include "shard/log/collection_log.h"

#include <utility>

#include "engine/store/log_value.h"

namespace spoor {
namespace {

class EngineLog : public CollectionLog {
 public:
  explicit EngineLog(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

  void Write(std::vector<Trajectory> batch, Done done) override {
    engine_->Write(engine_->Prepare(std::move(batch)), Positioned(std::move(done)));
  }
  void Delete(std::vector<Engine::Deletion> items, Done done) override {
    engine_->Delete(std::move(items), Positioned(std::move(done)));
  }
  void ChangeIf(ConditionalChange change, Done done) override {
    if (!change.record) {
      return engine_->Delete(
          {{.id = change.id, .version = change.version}},
          Met([](const WriteResult& r) { return r.deleted == 1; }, Positioned(std::move(done))));
    }
    std::vector<Trajectory> one;
    one.push_back(*std::move(change.record));
    const auto at_version = [log_id = engine_->position().log_id,
                             done = std::move(done)](const absl::StatusOr<WriteResult>& result) {
      if (!result.ok()) return done(result.status());
      done(LogPosition{.log_id = log_id, .next = {result->version}});
    };
    engine_->WriteIf(std::move(engine_->Prepare(std::move(one))[0]), change.version,
                     Met([](const WriteResult& r) { return !r.refused; }, at_version));
  }

 private:
  using Wrote = std::function<void(absl::StatusOr<WriteResult>)>;
  // Aborted where the condition was not met.
  static Wrote Met(bool (*met)(const WriteResult&), Wrote done) {
    return [met, done = std::move(done)](const absl::StatusOr<WriteResult>& result) {
      if (result.ok() && !met(*result)) return done(absl::AbortedError("of another version"));
      done(result);
    };
  }
  Wrote Positioned(Done done) const {
    const uint64_t log_id = engine_->position().log_id;
    return [log_id, done = std::move(done)](const absl::StatusOr<WriteResult>& result) {
      if (!result.ok()) return done(result.status());
      done(LogPosition{.log_id = log_id, .next = {result->position}});
    };
  }

  const std::shared_ptr<Engine> engine_;
};

class WriterLog : public CollectionLog {
 public:
  explicit WriterLog(std::shared_ptr<LogWriter> writer) : writer_(std::move(writer)) {}

  void Write(std::vector<Trajectory> batch, Done done) override {
    std::vector<LogEntry> entries;
    entries.reserve(batch.size());
    for (const Trajectory& t : batch) entries.push_back({t.id.value(), EncodeLogValue(t)});
    writer_->Append(std::move(entries), std::move(done));
  }
  void Delete(std::vector<Engine::Deletion> items, Done done) override {
    std::vector<LogEntry> entries;
    entries.reserve(items.size());
    for (const Engine::Deletion& item : items) entries.push_back({item.id.value(), std::nullopt});
    writer_->Append(std::move(entries), std::move(done));
  }
  void ChangeIf(ConditionalChange change, Done done) override {
    std::vector<LogEntry> entries;
    entries.push_back({change.id.value(), std::nullopt});
    if (change.record) entries[0].value = EncodeLogValue(*change.record);
    writer_->Append(std::move(entries), std::move(done));
  }

 private:
  const std::shared_ptr<LogWriter> writer_;
};

}  // namespace

std::unique_ptr<CollectionLog> LogOfEngine(std::shared_ptr<Engine> engine) {
  return std::make_unique<EngineLog>(std::move(engine));
}

std::unique_ptr<CollectionLog> LogOfWriter(std::shared_ptr<LogWriter> writer) {
  return std::make_unique<WriterLog>(std::move(writer));
}

}  // namespace spoor
