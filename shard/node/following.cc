#include "shard/node/following.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

// How often in a row, half a second apart, a log has to end before what was followed until it is
// taken for another one: a broker that has just begun to lead may not know its end at once.
constexpr int kCutTimes = 20;

std::string RangesText(const HomeSet& kept) {
  std::string out;
  for (const HomeRange& r : kept.ranges()) {
    absl::StrAppend(&out, absl::Hex(r.first), "-", absl::Hex(r.last), ",");
  }
  return out;
}

bool ParseRanges(absl::string_view text, HomeSet* out) {
  std::vector<HomeRange> ranges;
  for (const absl::string_view range : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::vector<absl::string_view> ends = absl::StrSplit(range, '-');
    HomeRange r;
    if (ends.size() != 2 || !absl::SimpleHexAtoi(ends[0], &r.first) ||
        !absl::SimpleHexAtoi(ends[1], &r.last)) {
      return false;
    }
    ranges.push_back(r);
  }
  *out = HomeSet(std::move(ranges));
  return true;
}

// Those of the slots that were kept altogether.
SlotsHere KeptPart(SlotsHere here, const HomeSet& kept) {
  std::vector<uint32_t> slots;
  for (const uint32_t slot : here.slots) {
    if (kept.Covers(RangeOf(here.cuts, slot))) slots.push_back(slot);
  }
  here.slots = std::move(slots);
  return here;
}

// Those in force and those on their way.
HomeSet WantedBy(const FollowOrder& order) {
  return order.next ? HomesOf(order.here).Union(HomesOf(*order.next)) : HomesOf(order.here);
}

// A store that can go on no more, as opposed to a log or a disk that may come back.
bool IsHopeless(const absl::Status& status) {
  return absl::IsOutOfRange(status) || absl::IsDataLoss(status) ||
         absl::IsFailedPrecondition(status);
}

}  // namespace

std::string FollowedDirectory::name() const {
  return absl::StrCat(collection, ".", absl::Hex(log_id, absl::kZeroPad16), ".", number);
}

bool FollowedDirectory::Parse(absl::string_view name, FollowedDirectory* out) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '.');
  if (parts.size() != 3 || parts[0].empty() || !absl::SimpleHexAtoi(parts[1], &out->log_id) ||
      !absl::SimpleAtoi(parts[2], &out->number)) {
    return false;
  }
  out->collection = std::string(parts[0]);
  return true;
}

FollowingNode::Following::Following(Room room, FollowOrder order)
    : room_(std::move(room)), options_(room_.options), name_(order.name), log_id_(order.log_id) {
  MutexLock lock(mu_);
  order_ = std::move(order);
}

FollowingNode::Following::~Following() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
    *stop_ = true;
    woken_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  if (filler_.joinable()) filler_.join();
}

void FollowingNode::Following::Start() {
  thread_ = std::thread([this] { Loop(); });
  filler_ = std::thread([this] { FillBooks(); });
}

void FollowingNode::Following::Adopt(FollowOrder order) {
  MutexLock lock(mu_);
  order_ = std::move(order);
  woken_.NotifyAll();
}

FollowOrder FollowingNode::Following::order() const {
  MutexLock lock(mu_);
  return order_;
}

std::shared_ptr<Follower> FollowingNode::Following::serving() const {
  MutexLock lock(mu_);
  return shown_;
}

FollowingNode::ServedName FollowingNode::Following::Describe() const {
  MutexLock lock(mu_);
  return {name_, shown_, problem_, is_stuck_, complete_epoch_, log_id_};
}

void FollowingNode::Following::SetServing(std::shared_ptr<Follower> follower) {
  MutexLock lock(mu_);
  shown_ = std::move(follower);
}

void FollowingNode::Following::Loop() {
  const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopping_; };
  for (;;) {
    const bool well = Step(options_.wait);
    MutexLock lock(mu_);
    if (!well) woken_.WaitFor(mu_, options_.pause, stopping);
    if (stopping_) return;
  }
}

// Books are filled beside the following: it takes as long as reading everything.
void FollowingNode::Following::FillBooks() {
  constexpr std::chrono::milliseconds kGlance(200);
  const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopping_; };
  for (;;) {
    const auto follower = serving();
    if (follower != nullptr && follower->book()->IsDue()) {
      follower->FillBook({.cancelled = stop_}).IgnoreError();  // stays due
    }
    MutexLock lock(mu_);
    if (woken_.WaitFor(mu_, kGlance, stopping)) return;
  }
}

absl::StatusOr<FollowingNode::Following::Store> FollowingNode::Following::Open(
    const FollowedDirectory& directory, const FollowOrder& order, Access access) const {
  FollowerOptions options = options_.follower;
  options.engine.access = access;
  options.log = {.collection = order.name, .id = order.log_id};
  options.partitions = order.partitions;
  options.params = order.params;
  options.engine.memory = room_.memory;
  Store store{.directory = directory.name()};
  auto follower = Follower::Open(absl::StrCat(room_.root, "/", store.directory), options,
                                 {.epoch = order.here.epoch, .cuts = order.here.cuts}, room_.logs);
  if (!follower.ok()) return follower.status();
  store.follower = *std::move(follower);
  return store;
}

absl::StatusOr<FollowingNode::Following::Store> FollowingNode::Following::Make(
    const FollowOrder& order) {
  auto store = Open({name_, log_id_, next_number_++}, order, Access::kCreate);
  if (!store.ok()) return store.status();
  if (absl::Status s = Note(*store, WantedBy(order), Standing::kGrowing); !s.ok()) return s;
  store->follower->Place(order.here, store->kept);
  return store;
}

// The oldest store is the one that served, the newest the one that was being built to take over
// from it, if there is another; what cannot be opened waits until there is something better.
absl::Status FollowingNode::Following::OpenStores(const FollowOrder& order) {
  for (const FollowedDirectory& directory : FindDirectories()) {
    next_number_ = directory.number + 1;
    auto store = OpenWithNote(directory, order);
    if (!store.ok() && !IsHopeless(store.status())) return store.status();
    if (!store.ok()) {
      damaged_.push_back(directory.name());
    } else if (serving_.follower == nullptr) {
      serving_ = *std::move(store);
    } else {
      if (building_.follower != nullptr) Abandon(building_);
      building_ = *std::move(store);
    }
  }
  if (serving_.follower != nullptr) return absl::OkStatus();
  auto made = Make(order);
  if (!made.ok()) return made.status();
  serving_ = *std::move(made);
  return absl::OkStatus();
}

std::vector<FollowedDirectory> FollowingNode::Following::FindDirectories() const {
  std::vector<FollowedDirectory> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(room_.root, error)) {
    FollowedDirectory directory;
    if (FollowedDirectory::Parse(entry.path().filename().string(), &directory) &&
        directory.collection == name_ && directory.log_id == log_id_) {
      found.push_back(directory);
    }
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.number < b.number; });
  return found;
}

absl::StatusOr<FollowingNode::Following::Store> FollowingNode::Following::OpenWithNote(
    const FollowedDirectory& directory, const FollowOrder& order) const {
  auto store = Open(directory, order, Access::kWrite);
  if (!store.ok()) return store.status();
  const auto note = store->follower->engine().Note();
  if (!note.ok()) return note.status();
  const char standing = note->size() >= 2 && (*note)[1] == ' ' ? (*note)[0] : '0';
  if (standing < '1' || standing > '3' ||
      !ParseRanges(absl::string_view(*note).substr(2), &store->kept)) {
    return absl::DataLossError("the store does not say what it kept");
  }
  store->standing = static_cast<Standing>(standing - '0');
  return store;
}

// One that was being built and is of no use: it never had what the log does not have.
void FollowingNode::Following::Abandon(Store& store) {
  store.follower = nullptr;  // a read that still runs keeps the open files
  std::error_code ignored;
  fs::remove_all(absl::StrCat(room_.root, "/", store.directory), ignored);
  store = {};
  goal_.reset();
}

void FollowingNode::Following::SetAside(Store& store, absl::string_view why) {
  store.follower = nullptr;  // a read that still runs keeps the open files
  room_.quarantine.SetAside(room_.root, store.directory, why).IgnoreError();  // told
  store = {};
}

// What is served from now on; what is not kept any more is noted before it is missed.  On the word
// of a former life nothing is given up.
absl::Status FollowingNode::Following::PlaceStore(Store& store, const FollowOrder& order) const {
  HomeSet kept = store.kept;
  if (order.is_read_here) {
    kept = HomesOf(KeptPart(order.here, store.kept));
    if (order.next) kept = kept.Union(HomesOf(KeptPart(*order.next, store.kept)));
  }
  if (kept != store.kept) {
    if (absl::Status s = Note(store, kept, store.standing); !s.ok()) return s;
  }
  SlotsHere served = KeptPart(order.here, kept);
  store.follower->Place(std::move(served), std::move(kept));
  return absl::OkStatus();
}

absl::Status FollowingNode::Following::Obey(const FollowOrder& order) {
  if (serving_.follower == nullptr) {
    damaged_.clear();
    if (absl::Status opened = OpenStores(order); !opened.ok()) return opened;
  }
  const HomeSet wanted = WantedBy(order);
  if (absl::Status s = PlaceStore(serving_, order); !s.ok()) return s;
  SetServing(serving_.follower);
  const bool is_in_vain = !NeedsAnother(wanted) && !is_hopeless_;
  if (building_.follower != nullptr && (is_in_vain || !building_.kept.Covers(wanted))) {
    Abandon(building_);
  }
  if (building_.follower != nullptr) {
    if (absl::Status s = PlaceStore(building_, order); !s.ok()) return s;
  }
  obeyed_ = order;
  return absl::OkStatus();
}

// Whether another store is to take over from the one that serves: it lacks homes, or reads have met
// damage in it.  Until the other is complete it serves what it can.
bool FollowingNode::Following::NeedsAnother(const HomeSet& wanted) const {
  return !serving_.kept.Covers(wanted) || serving_.follower->engine().records_damaged();
}

// As a digit, a space, and the homes kept as "first-last,...", in hex.
absl::Status FollowingNode::Following::Note(Store& store, HomeSet kept, Standing standing) const {
  const absl::Status noted = store.follower->engine().SetNote(
      absl::StrCat(static_cast<int>(standing), " ", RangesText(kept)));
  if (!noted.ok()) return noted;
  store.kept = std::move(kept);
  store.standing = standing;
  return noted;
}

// What has become of it by its last step, where that is new.
absl::Status FollowingNode::Following::NoteStanding(Store& store) const {
  if (store.standing != Standing::kGrowing || !store.follower->ready()) return absl::OkStatus();
  return Note(store, store.kept, Standing::kComplete);
}

// The log of what serves ended before what was followed: it was cut, or is another one of the name.
absl::Status FollowingNode::Following::BeCutOff(const absl::Status& status) {
  const bool is_cut = serving_.standing == Standing::kComplete &&
                      serving_.follower->log_is_broken() && absl::IsOutOfRange(status);
  times_cut_ = is_cut ? times_cut_ + 1 : 0;
  return times_cut_ < kCutTimes ? absl::OkStatus()
                                : Note(serving_, serving_.kept, Standing::kCutOff);
}

absl::Status FollowingNode::Following::Advance(std::chrono::milliseconds wait) {
  if (serving_.standing == Standing::kCutOff) {
    serving_.follower->ServeAsItIs();
    return absl::FailedPreconditionError(
        absl::StrCat("it ended before what was followed, and is not followed again until ",
                     serving_.directory, " is moved away"));
  }
  if (is_hopeless_ && building_.follower != nullptr) return AdvanceBuilding(wait);
  absl::Status status = serving_.follower->Step(wait);
  const bool log_is_broken = serving_.follower->log_is_broken();
  is_hopeless_ = IsHopeless(status) && !log_is_broken;
  if (log_is_broken && serving_.standing == Standing::kComplete) serving_.follower->ServeAsItIs();
  if (absl::Status noted = NoteStanding(serving_); !noted.ok()) return noted;
  if (absl::Status noted = BeCutOff(status); !noted.ok()) return noted;
  if (serving_.standing == Standing::kComplete && !is_hopeless_) {
    for (const std::string& directory : std::exchange(damaged_, {})) {
      room_.quarantine.SetAside(room_.root, directory, "it is damaged, and was made anew")
          .IgnoreError();  // told
    }
  }
  if (building_.follower != nullptr) {
    status.Update(AdvanceBuilding(std::chrono::milliseconds(0)));
  } else if (is_hopeless_ || NeedsAnother(WantedBy(*obeyed_))) {
    auto made = Make(*obeyed_);
    if (!made.ok()) return made.status();
    building_ = *std::move(made);
    goal_.reset();
  }
  return status;
}

// It has seen the log's end, and then reached what the other one had by then.  The log may end
// before that: then the other one has more.
bool FollowingNode::Following::BuildingHasAll() {
  if (!building_.follower->ready()) return false;
  if (!goal_) goal_ = serving_.follower->engine().position();
  return building_.follower->engine().position().Includes(*goal_);
}

absl::Status FollowingNode::Following::AdvanceBuilding(std::chrono::milliseconds wait) {
  const absl::Status built = building_.follower->Step(wait);
  if (IsHopeless(built) && !building_.follower->log_is_broken()) {
    Abandon(building_);
    return built;
  }
  if (!BuildingHasAll()) return built;
  if (absl::Status noted = NoteStanding(building_); !noted.ok()) return noted;
  Store old = std::exchange(serving_, std::exchange(building_, {}));
  is_hopeless_ = false;
  goal_.reset();
  SetServing(serving_.follower);
  SetAside(old, absl::StrCat(serving_.directory, " has taken over from it"));
  return built;
}

bool FollowingNode::Following::Step(std::chrono::milliseconds wait) {
  absl::Status status;
  const FollowOrder now = order();
  if (obeyed_ != now) status = Obey(now);
  if (status.ok()) status = Advance(wait);
  Tell(status);
  return status.ok();
}

bool FollowingNode::Following::IsStuck() const {
  return serving_.follower != nullptr &&
         (serving_.standing == Standing::kCutOff || serving_.follower->log_is_broken());
}

std::string FollowingNode::Following::Problem(const absl::Status& status) const {
  if (!status.ok()) {
    return absl::StrCat(
        IsStuck() ? "the log cannot be followed, and what was followed is served: " : "",
        status.ToString());
  }
  if (building_.follower == nullptr) return "";
  if (building_.follower->ready()) {
    return "the log ends before what was followed: what is made anew from it has less, and does "
           "not take over";
  }
  const char* why = "what is new here is being followed, ";
  if (is_hopeless_) why = "the store is being made anew, ";
  if (serving_.follower->engine().records_damaged()) {
    why = "the store is damaged and is being made anew, ";
  }
  return absl::StrCat(why, building_.follower->lag(), " records behind");
}

// The latest epoch of which it has all slots; 0: of none.
uint64_t FollowingNode::Following::CompleteEpoch() const {
  if (!obeyed_ || IsStuck() || serving_.standing != Standing::kComplete) return 0;
  if (!serving_.follower->ready()) return 0;
  const auto holds = [this](const SlotsHere& slots) {
    return serving_.kept.Covers(HomesOf(slots));
  };
  if (obeyed_->next && holds(*obeyed_->next)) return obeyed_->next->epoch.value();
  return holds(obeyed_->here) ? obeyed_->here.epoch.value() : 0;
}

// What others see of it.
void FollowingNode::Following::Tell(const absl::Status& status) {
  std::string problem = Problem(status);
  const uint64_t complete = CompleteEpoch();
  const bool is_stuck = IsStuck();
  MutexLock lock(mu_);
  problem_ = std::move(problem);
  is_stuck_ = is_stuck;
  complete_epoch_ = complete;
}

}  // namespace spoor
