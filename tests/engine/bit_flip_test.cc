// One flipped bit, anywhere in a store that was killed: it is said, or it does no harm.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/engine.h"
#include "engine/store/log_file_check.h"
#include "tests/engine/faulty_file_system.h"
#include "tests/engine/model.h"
#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;
using testing::GridTrip;
using testing::Model;
using testing::TempDir;

constexpr int kBitFlipFlips = 200;
constexpr uint64_t kBitFlipSeed = 20240;

EngineOptions Quiet(Access access) {
  EngineOptions options;
  options.access = access;
  options.memory_bytes = 8 << 20;
  options.background = false;
  return options;
}

// What of a file's name counts: "log", "sst", "seg" or the name itself without its number.
std::string KindOf(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (!extension.empty()) return extension.substr(1);
  const std::string name = path.filename().string();
  return name.substr(0, name.find('-'));
}

// Everything that can be asked, as text; or the error.
absl::StatusOr<std::string> AnswersOf(const Engine& engine) {
  std::string out;
  for (int i = 0; i < 100; ++i) {
    const auto found = engine.Get(TrajectoryId(absl::StrCat("t", i)));
    if (!found.ok() && !absl::IsNotFound(found.status())) return found.status();
    absl::StrAppend(&out, "t", i, " ");
    if (!found.ok()) continue;
    absl::StrAppend(&out, found->version, " ", found->trajectory.object, " ");
    for (const Fix& f : found->trajectory.fixes) {
      absl::StrAppend(&out, f.lat_e7, ",", f.lon_e7, ",", f.time_ms, " ");
    }
  }
  const auto all = engine.Range({.limit = 1000}, {});
  if (!all.ok()) return all.status();
  for (const TrajectoryId& id : all->ids) absl::StrAppend(&out, id.value(), " ");
  for (int i = 0; i < 100; i += 30) {
    const Trajectory query = GridTrip("q", static_cast<uint64_t>(i));
    const auto answer = engine.Search({.fixes = query.fixes, .k = 20}, {});
    if (!answer.ok()) return answer.status();
    for (const Hit& hit : answer->hits) absl::StrAppend(&out, hit.id.value(), "=", hit.score, " ");
  }
  return out;
}

// As AnswersOf, of the store at path as it is.
absl::StatusOr<std::string> AnswersAt(const std::string& path, Access access = Access::kRead) {
  const auto engine = Engine::Open(path, Quiet(access));
  if (!engine.ok()) return engine.status();
  return AnswersOf(**engine);
}

void Flip(const fs::path& path, uint64_t bit) {
  std::fstream f(path, std::ios::in | std::ios::out | std::ios::binary);
  f.seekg(static_cast<std::streamoff>(bit / 8));
  const char byte = static_cast<char>(f.get() ^ (1 << bit % 8));
  f.seekp(static_cast<std::streamoff>(bit / 8));
  f.put(byte);
}

// A store with files of every kind: some records in tables and a segment, some in the log alone.
class BitFlip : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    {
      const auto engine = *Engine::Open(dir_.path() + "/live", Quiet(Access::kCreate));
      for (int i = 0; i < 60; ++i) Write(*engine, i);
      ASSERT_TRUE(engine->Seal().ok());
    }
    EngineOptions options = Quiet(Access::kWrite);
    options.env = env_.get();
    auto engine = *Engine::Open(dir_.path() + "/live", options);
    for (int i = 50; i < 90; ++i) Write(*engine, i);
    ASSERT_TRUE(engine->Delete({TrajectoryId("t3")}).ok());
    ASSERT_TRUE(engine->Delete({TrajectoryId("t88")}).ok());
    sound_ = *AnswersOf(*engine);
    files_->Kill();  // nothing is written any more, and the directory stays as it is
    engine = nullptr;
    fs::copy(dir_.path() + "/live", store_, fs::copy_options::recursive);
    const auto sound = AnswersAt(store_);
    ASSERT_TRUE(sound.ok()) << sound.status();
    ASSERT_EQ(*sound, sound_);
  }
  static void Write(Engine& engine, int i) {
    const uint64_t way = static_cast<uint64_t>(i) / 2;
    ASSERT_TRUE(engine.Write({GridTrip(absl::StrCat("t", i), way)}).ok());
  }
  std::vector<fs::path> Files(const std::string& kind) const {
    std::vector<fs::path> out;
    for (const auto& entry : fs::recursive_directory_iterator(store_)) {
      if (entry.is_regular_file() && entry.file_size() > 0 && KindOf(entry.path()) == kind) {
        out.push_back(entry.path());
      }
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  // Flips the bit for as long as it is asked.
  void ExpectSaidOrHarmless(const fs::path& file, uint64_t bit) {
    SCOPED_TRACE(absl::StrCat("bit ", bit, " of ", file.string()));
    Flip(file, bit);
    const auto answers = AnswersAt(store_);
    uint64_t findings = 0;
    const auto checked = Engine::CheckStore(store_, [&](absl::string_view) { ++findings; });
    Flip(file, bit);
    if (answers.ok()) {
      EXPECT_EQ(*answers, sound_);
    } else {
      EXPECT_TRUE(absl::IsDataLoss(answers.status())) << answers.status();
      EXPECT_TRUE(!checked.ok() || findings > 0) << "found sound, but " << answers.status();
    }
  }

  const std::shared_ptr<testing::FaultyFileSystem> files_ =
      std::make_shared<testing::FaultyFileSystem>();
  const std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(files_);
  TempDir dir_;
  const std::string store_ = dir_.path() + "/killed";
  std::string sound_;
};

TEST_P(BitFlip, IsSaidOrDoesNoHarm) {
  const std::vector<fs::path> files = Files(GetParam());
  ASSERT_FALSE(files.empty()) << GetParam();
  std::mt19937_64 rng(kBitFlipSeed);
  for (int i = 0; i < kBitFlipFlips && !HasFailure(); ++i) {
    const fs::path& file = files[rng() % files.size()];
    ExpectSaidOrHarmless(file, rng() % (fs::file_size(file) * 8));
  }
  EXPECT_EQ(*AnswersAt(store_), sound_);  // reading has changed nothing
}

// Of files without which a store is none; what flips in the others may leave out: FlippedFileTest
// in damage_test.
INSTANTIATE_TEST_SUITE_P(InFilesOfTheWhole, BitFlip,
                         ::testing::Values("log", "MANIFEST", "CURRENT"),
                         [](const auto& p) { return p.param; });

// The header of a log's record, where the storage library looks before it checks: every bit.
TEST_F(BitFlip, InTheHeadOfAnyRecordOfTheLogIsSaid) {
  const fs::path log = Files("log").back();
  std::ifstream in(log, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  ASSERT_LT(bytes.size(), 32768u);  // one block
  for (size_t at = 0; at + 7 < bytes.size();) {
    for (uint64_t bit = at * 8; bit < (at + 7) * 8; ++bit) {
      Flip(log, bit);
      EXPECT_TRUE(absl::IsDataLoss(CheckLogFile(log))) << "bit " << bit;
      Flip(log, bit);
    }
    at += 7 + static_cast<uint8_t>(bytes[at + 4]) + 256 * static_cast<uint8_t>(bytes[at + 5]);
  }
}

TEST_F(BitFlip, ATornEndOfTheLogIsNoDamageAndLosesNothingElse) {
  const fs::path log = Files("log").back();
  const uint64_t size = fs::file_size(log);
  for (uint64_t cut = 1; cut < size; cut += 1 + size / 40) {
    SCOPED_TRACE(absl::StrCat("without the last ", cut, " bytes"));
    const TempDir dir;
    fs::copy(store_, dir.path() + "/c", fs::copy_options::recursive);
    fs::resize_file(dir.path() + "/c/" + fs::relative(log, store_).string(), size - cut);
    const auto engine = Engine::Open(dir.path() + "/c", Quiet(Access::kWrite));
    ASSERT_TRUE(engine.ok()) << engine.status();
    EXPECT_EQ((*engine)->Stats().position, (*engine)->position().total());
    EXPECT_LE((*engine)->Stats().trajectories, 90u);
    for (int i = 4; i < 50; ++i) {
      EXPECT_TRUE((*engine)->Get(TrajectoryId(absl::StrCat("t", i))).ok()) << i;
    }
  }
}

TEST_F(BitFlip, AFileThatIsGoneIsDamageAndStaysSo) {
  for (const std::string kind : {"log", "sst", "MANIFEST", "CURRENT"}) {
    SCOPED_TRACE(kind);
    const TempDir dir;
    fs::copy(store_, dir.path() + "/c", fs::copy_options::recursive);
    // Of the tables all: the newest may be one that a compaction had not finished.
    std::vector<fs::path> gone = Files(kind);
    if (kind != "sst") gone = {gone.back()};
    for (const fs::path& file : gone) {
      fs::remove(fs::path(dir.path()) / "c" / fs::relative(file, store_));
    }
    for (int i = 0; i < 2; ++i) {  // what the first open finds it must not mend by forgetting
      const absl::Status written = AnswersAt(dir.path() + "/c", Access::kWrite).status();
      EXPECT_TRUE(absl::IsDataLoss(written)) << written;
      const absl::Status read = AnswersAt(dir.path() + "/c").status();
      EXPECT_TRUE(absl::IsDataLoss(read)) << read;
    }
  }
}

TEST_F(BitFlip, AStoreThatIsGoneIsNotMadeAnew) {
  fs::remove_all(store_ + "/store");
  for (const Access access : {Access::kRead, Access::kWrite}) {
    EXPECT_TRUE(absl::IsDataLoss(AnswersAt(store_, access).status()));
    EXPECT_FALSE(fs::exists(store_ + "/store"));
  }
}

}  // namespace
}  // namespace spoor
