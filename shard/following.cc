#include "shard/following.h"

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

// The note of a store: which homes it has kept, as "first-last,...", in hex.
std::string NoteOf(const std::vector<HomeRange>& kept) {
  std::string out = "1 ";
  for (const HomeRange& r : kept) {
    absl::StrAppend(&out, absl::Hex(r.first), "-", absl::Hex(r.last), ",");
  }
  return out;
}

absl::StatusOr<std::vector<HomeRange>> RangesOfNote(absl::string_view note) {
  std::vector<HomeRange> out;
  if (note.substr(0, 2) != "1 ") return absl::DataLossError("the store does not say what it kept");
  for (const absl::string_view range : absl::StrSplit(note.substr(2), ',', absl::SkipEmpty())) {
    const std::vector<absl::string_view> ends = absl::StrSplit(range, '-');
    HomeRange r;
    if (ends.size() != 2 || !absl::SimpleHexAtoi(ends[0], &r.first) ||
        !absl::SimpleHexAtoi(ends[1], &r.last)) {
      return absl::DataLossError("the store does not say what it kept");
    }
    out.push_back(r);
  }
  return out;
}

// Those of the slots that were kept altogether.
SlotsHere KeptPart(SlotsHere here, const std::vector<HomeRange>& kept) {
  std::vector<uint32_t> slots;
  for (const uint32_t slot : here.slots) {
    if (Covers(kept, {RangeOf(here.cuts, slot)})) slots.push_back(slot);
  }
  here.slots = std::move(slots);
  return here;
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

void RemoveDirectory(const std::string& root, const std::string& name) {
  const std::string gone = absl::StrCat(root, "/.dropped-", name);
  std::error_code ignored;
  fs::rename(absl::StrCat(root, "/", name), gone, ignored);
  fs::remove_all(gone, ignored);
}

FollowingNode::Following::Following(std::string root, const FollowingNodeOptions& options,
                                    std::shared_ptr<Memory> memory, LogStore& logs,
                                    FollowOrder order)
    : root_(std::move(root)),
      options_(options),
      memory_(std::move(memory)),
      logs_(logs),
      name_(order.name),
      log_id_(order.log_id) {
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
  return {name_, shown_, problem_};
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
    const FollowedDirectory& directory, const FollowOrder& order) const {
  FollowerOptions options = options_.follower;
  options.log = {.collection = order.name, .id = order.log_id};
  options.partitions = order.partitions;
  options.params = order.params;
  options.engine.memory = memory_;
  Store store{.directory = directory.name()};
  auto follower = Follower::Open(absl::StrCat(root_, "/", store.directory), options,
                                 {.epoch = order.here.epoch, .cuts = order.here.cuts}, logs_);
  if (!follower.ok()) return follower.status();
  store.follower = *std::move(follower);
  return store;
}

absl::StatusOr<FollowingNode::Following::Store> FollowingNode::Following::Make(
    const FollowOrder& order) {
  auto store = Open({name_, log_id_, next_number_++}, order);
  if (!store.ok()) return store.status();
  store->kept = RangesOf(order.here);
  const absl::Status noted = store->follower->engine().SetNote(NoteOf(store->kept));
  if (!noted.ok()) return noted;
  store->follower->Place(order.here);
  return store;
}

// The oldest store is the one that served, the newest the one that was being built to take over
// from it, if there is another; what is of no use is removed.
absl::Status FollowingNode::Following::OpenStores(const FollowOrder& order) {
  for (const FollowedDirectory& directory : FindDirectories()) {
    next_number_ = directory.number + 1;
    auto store = OpenWithNote(directory, order);
    if (!store.ok() && !IsHopeless(store.status())) return store.status();
    if (!store.ok()) {
      RemoveDirectory(root_, directory.name());
    } else if (serving_.follower == nullptr) {
      serving_ = *std::move(store);
    } else {
      if (building_.follower != nullptr) Discard(building_);
      building_ = *std::move(store);
    }
  }
  if (serving_.follower != nullptr) return absl::OkStatus();
  auto made = Make(order);
  if (made.ok()) serving_ = *std::move(made);
  return made.status();
}

std::vector<FollowedDirectory> FollowingNode::Following::FindDirectories() const {
  std::vector<FollowedDirectory> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root_, error)) {
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
  auto store = Open(directory, order);
  if (!store.ok()) return store.status();
  const auto note = store->follower->engine().Note();
  if (!note.ok()) return note.status();
  auto kept = RangesOfNote(*note);
  if (!kept.ok()) return kept.status();
  store->kept = *std::move(kept);
  return store;
}

void FollowingNode::Following::Discard(Store& store) {
  store.follower = nullptr;  // a read that still runs keeps the open files
  RemoveDirectory(root_, store.directory);
  store = {};
}

// What is served from now on; what is not kept any more is noted before it is missed.
absl::Status FollowingNode::Following::PlaceStore(Store& store, const FollowOrder& order) const {
  const SlotsHere here = KeptPart(order.here, store.kept);
  std::vector<HomeRange> kept = RangesOf(here);
  if (kept != store.kept) {
    if (absl::Status s = store.follower->engine().SetNote(NoteOf(kept)); !s.ok()) return s;
    store.kept = std::move(kept);
  }
  store.follower->Place(here);
  return absl::OkStatus();
}

absl::Status FollowingNode::Following::Obey(const FollowOrder& order) {
  if (serving_.follower == nullptr) {
    if (absl::Status opened = OpenStores(order); !opened.ok()) return opened;
  }
  const std::vector<HomeRange> wanted = RangesOf(order.here);
  if (absl::Status s = PlaceStore(serving_, order); !s.ok()) return s;
  SetServing(serving_.follower);
  const bool of_use = NeedsAnother(wanted) && Covers(building_.kept, wanted);
  if (building_.follower != nullptr && !of_use) {
    Discard(building_);
  }
  if (building_.follower != nullptr) {
    if (absl::Status s = PlaceStore(building_, order); !s.ok()) return s;
  }
  obeyed_ = order;
  return absl::OkStatus();
}

// Whether another store is to take over from the one that serves: it lacks homes, or reads have met
// damage in it.  Until the other is complete it serves what it can.
bool FollowingNode::Following::NeedsAnother(const std::vector<HomeRange>& wanted) const {
  return !Covers(serving_.kept, wanted) || serving_.follower->engine().records_damaged();
}

absl::Status FollowingNode::Following::Advance(std::chrono::milliseconds wait) {
  absl::Status status = serving_.follower->Step(wait);
  if (building_.follower != nullptr) {
    absl::Status built = building_.follower->Step(std::chrono::milliseconds(0));
    status.Update(built);
    if (IsHopeless(built)) Discard(building_);
    if (building_.follower != nullptr && building_.follower->ready()) {
      Store old = std::exchange(serving_, std::exchange(building_, {}));
      SetServing(serving_.follower);
      Discard(old);
      return built;
    }
  }
  const bool needed = NeedsAnother(RangesOf(obeyed_->here)) || IsHopeless(status);
  if (building_.follower == nullptr && needed) {
    auto made = Make(*obeyed_);
    if (!made.ok()) return made.status();
    building_ = *std::move(made);
  }
  return status;
}

bool FollowingNode::Following::Step(std::chrono::milliseconds wait) {
  absl::Status status;
  const FollowOrder now = order();
  if (obeyed_ != now) status = Obey(now);
  if (status.ok()) status = Advance(wait);
  MutexLock lock(mu_);
  problem_ = status.ok() ? "" : status.ToString();
  if (status.ok() && building_.follower != nullptr) {
    problem_ = absl::StrCat(serving_.follower->engine().records_damaged()
                                ? "the store is damaged and is being made anew, "
                                : "slots that are new here are being followed, ",
                            building_.follower->lag(), " records behind");
  }
  return status.ok();
}

void FollowingNode::Following::Remove() {
  SetServing(nullptr);
  for (Store* store : {&serving_, &building_}) {
    if (store->follower != nullptr) Discard(*store);
  }
}

}  // namespace spoor
