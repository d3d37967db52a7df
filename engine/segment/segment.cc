#include "engine/segment/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "engine/segment/mapped_range.h"
#include "engine/segment/segment_format.h"

namespace spoor {
namespace {

// That there is none is a fact about the file; all else is about this process and its machine.
absl::Status CannotMap(const std::string& path, int error) {
  const std::string text = absl::StrCat("cannot map ", path, ": ", std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(text) : absl::InternalError(text);
}

absl::StatusOr<std::unique_ptr<const MappedRange>> MapFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return CannotMap(path, errno);
  const absl::Cleanup closer = [fd] { close(fd); };
  struct stat info = {};
  if (fstat(fd, &info) != 0) return CannotMap(path, errno);
  if (info.st_size <= 0) return absl::DataLossError(absl::StrCat(path, ": empty"));
  const auto size = static_cast<size_t>(info.st_size);
  void* data = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return CannotMap(path, errno);
  return std::make_unique<const MappedRange>(static_cast<const char*>(data), size);
}

class MappedSegment final : public Segment {
 public:
  MappedSegment(std::unique_ptr<const MappedRange> mapping, const Arrays& arrays)
      : Segment(&arrays_), mapping_(std::move(mapping)), arrays_(arrays) {
    arrays_.suspected = &mapping_->suspected();
  }

 private:
  const std::unique_ptr<const MappedRange> mapping_;
  Arrays arrays_;
};

}  // namespace

Segment::~Segment() = default;

absl::StatusOr<std::shared_ptr<const Segment>> Segment::Open(const std::string& path) {
  auto mapping = MapFile(path);
  if (!mapping.ok()) return mapping.status();
  absl::StatusOr<Arrays> arrays = ReadSegment({(*mapping)->data(), (*mapping)->size()});
  if (!arrays.ok()) return absl::DataLossError(absl::StrCat(path, ": ", arrays.status().message()));
  arrays->mapped = true;
  return std::make_shared<const MappedSegment>(*std::move(mapping), *arrays);
}

absl::StatusOr<std::shared_ptr<const Segment>> Segment::FromBytes(std::string bytes) {
  // Copied, because a string promises no alignment.
  auto buffer = std::make_unique<uint64_t[]>(bytes.size() / sizeof(uint64_t) + 1);
  std::memcpy(buffer.get(), bytes.data(), bytes.size());
  const absl::StatusOr<Arrays> arrays =
      ReadSegment({reinterpret_cast<const char*>(buffer.get()), bytes.size()});
  if (!arrays.ok()) return arrays.status();
  return std::make_shared<const HeapSegment>(std::move(buffer), *arrays);
}

uint32_t Segment::size() const { return arrays_->size; }
uint64_t Segment::bytes() const { return arrays_->bytes; }
bool Segment::mapped() const { return arrays_->mapped; }
uint64_t Segment::postings_count() const { return arrays_->postings_count; }
bool Segment::suspected() const {
  return arrays_->suspected != nullptr && arrays_->suspected->load(std::memory_order_relaxed);
}

void Segment::Absolve() const {
  if (arrays_->suspected != nullptr) arrays_->suspected->store(false, std::memory_order_relaxed);
}

uint64_t Segment::home(uint32_t ordinal) const { return arrays_->home[ordinal]; }
absl::string_view Segment::id(uint32_t ordinal) const { return arrays_->id(ordinal); }
uint64_t Segment::version(uint32_t ordinal) const { return arrays_->version[ordinal]; }

Summary Segment::summary(uint32_t ordinal) const {
  const EndPoints& e = arrays_->ends[ordinal];
  const TimeSpan& t = arrays_->span[ordinal];
  return {.box = arrays_->box[ordinal],
          .start = {e.start_lat_e7, e.start_lon_e7, t.first_ms},
          .end = {e.end_lat_e7, e.end_lon_e7, t.last_ms},
          .length_m = arrays_->length_m[ordinal],
          .fixes = arrays_->fixes[ordinal]};
}

absl::string_view Segment::object(uint32_t ordinal) const {
  return arrays_->objects[arrays_->object[ordinal]];
}

Tags Segment::tags(uint32_t ordinal) const {
  return DecodeTags(arrays_->tag_sets[arrays_->tag_set[ordinal]]);
}

std::optional<uint32_t> Segment::Find(uint64_t home, absl::string_view id) const {
  const Arrays& a = *arrays_;
  auto o = static_cast<uint32_t>(std::lower_bound(a.home, a.home + a.size, home) - a.home);
  for (; o < a.size && a.home[o] == home; ++o) {
    if (a.id(o) == id) return o;
  }
  return std::nullopt;
}

uint32_t Segment::FirstAfter(const HomePlace& place) const {
  const Arrays& a = *arrays_;
  auto o = static_cast<uint32_t>(std::lower_bound(a.home, a.home + a.size, place.home) - a.home);
  while (o < a.size && a.home[o] == place.home && a.id(o) <= place.id) ++o;
  return o;
}

uint32_t Segment::dictionary_size() const { return arrays_->terms; }

Geodab Segment::geodab(uint32_t term) const {
  const Arrays& a = *arrays_;
  const uint32_t* after = std::upper_bound(a.prefix_start, a.prefix_start + a.prefixes, term);
  if (term >= a.terms || after == a.prefix_start) {
    a.Suspect();
    return 0;
  }
  return Geodab{a.prefix[after - a.prefix_start - 1]} << 32 | a.suffix[term];
}

absl::Span<const uint32_t> Segment::Postings(Geodab geodab, uint32_t* term) const {
  const Arrays& a = *arrays_;
  const auto prefix = static_cast<uint32_t>(geodab >> 32);
  const uint32_t* p = std::lower_bound(a.prefix, a.prefix + a.prefixes, prefix);
  if (p == a.prefix + a.prefixes || *p != prefix) return {};
  const auto own = PieceOf(absl::MakeConstSpan(a.suffix, a.terms), a.prefix_start,
                           static_cast<uint32_t>(p - a.prefix));
  if (own.empty()) a.Suspect();
  const auto suffix = static_cast<uint32_t>(geodab);
  const auto s = std::lower_bound(own.begin(), own.end(), suffix);
  if (s == own.end() || *s != suffix) return {};
  *term = static_cast<uint32_t>(&*s - a.suffix);
  const absl::Span<const uint32_t> found = a.postings_of(*term);
  if (found.empty() || found.front() > found.back() || found.back() >= a.size) {
    a.Suspect();
    return {};
  }
  return found;
}

absl::Span<const uint32_t> Segment::forward(uint32_t ordinal) const {
  return arrays_->forward_of(ordinal);
}

std::vector<Occurrence> Segment::occurrences(uint32_t ordinal) const {
  const absl::Span<const uint32_t> forward = arrays_->forward_of(ordinal);
  std::vector<Occurrence> out;
  ForEachOccurrence(arrays_->occurrence_bytes(ordinal), static_cast<uint32_t>(forward.size()),
                    [&](uint32_t local, uint32_t from, uint32_t to) {
                      out.push_back({.geodab = geodab(forward[local]), .from = from, .to = to});
                    });
  return out;
}

uint32_t SegmentView::live() const {
  return segment->size() - (deleted == nullptr ? 0 : static_cast<uint32_t>(deleted->size()));
}

std::optional<uint32_t> SegmentView::Find(absl::string_view id) const {
  const Segment::Arrays& a = segment->arrays();
  const uint32_t* const end = a.by_id + a.size;
  const uint32_t* at = std::lower_bound(
      a.by_id, end, id, [&a](uint32_t o, absl::string_view wanted) { return a.id(o) < wanted; });
  for (; at != end && a.id(*at) == id; ++at) {  // more than one where it has moved home
    if (deleted == nullptr || !deleted->Contains(*at)) return *at;
  }
  return std::nullopt;
}

}  // namespace spoor
