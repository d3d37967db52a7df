#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/format/reader.h"
#include "engine/format/record.h"

namespace spoor {
namespace {

constexpr absl::string_view kCodings = "identity, gzip, zstd";
constexpr size_t kPieceBytes = size_t{64} << 10;
constexpr int kGzipOnly = 16 + MAX_WBITS;  // for zlib: a gzip header must be there
// A zstd frame names the memory that its decoder needs; 2^27 is what zstd itself makes at its
// highest level and takes by default.
constexpr int kMaxZstdWindowLog = 27;

using Output = std::function<absl::Status(absl::string_view)>;

// The limit on what may come out, and the memory of an error: what failed once fails for ever.
class BoundedInflater : public Inflater {
 public:
  explicit BoundedInflater(uint64_t max_output_bytes)
      : max_output_bytes_(max_output_bytes), left_(max_output_bytes) {}

  absl::Status Feed(absl::string_view bytes, const Output& out) final {
    if (status_.ok() && !bytes.empty()) status_ = Inflate(bytes, out);
    return status_;
  }
  absl::Status Finish() final {
    if (status_.ok() && !AtBoundary()) {
      status_ = absl::InvalidArgumentError("the compressed stream is cut");
    }
    return status_;
  }

 protected:
  virtual absl::Status Inflate(absl::string_view bytes, const Output& out) = 0;
  // Whether the stream may end here.
  virtual bool AtBoundary() const = 0;

  absl::Status Emit(absl::string_view piece, const Output& out) {
    if (piece.size() > left_) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the stream inflates to more than ", max_output_bytes_, " bytes"));
    }
    left_ -= piece.size();
    return piece.empty() ? absl::OkStatus() : out(piece);
  }

 private:
  const uint64_t max_output_bytes_;
  uint64_t left_;
  absl::Status status_;
};

class IdentityInflater : public BoundedInflater {
 public:
  using BoundedInflater::BoundedInflater;

 protected:
  absl::Status Inflate(absl::string_view bytes, const Output& out) override {
    return Emit(bytes, out);
  }
  bool AtBoundary() const override { return true; }
};

// RFC 1952: any number of members, one after another.
class GzipInflater : public BoundedInflater {
 public:
  explicit GzipInflater(uint64_t max_output_bytes)
      : BoundedInflater(max_output_bytes), piece_(kPieceBytes) {
    ready_ = inflateInit2(&z_, kGzipOnly) == Z_OK;
  }
  ~GzipInflater() override { inflateEnd(&z_); }

  bool ready() const { return ready_; }

 protected:
  absl::Status Inflate(absl::string_view bytes, const Output& out) override {
    while (!bytes.empty()) {  // zlib counts in 32 bits
      const absl::string_view part = bytes.substr(0, std::numeric_limits<uInt>::max());
      if (absl::Status s = InflatePart(part, out); !s.ok()) return s;
      bytes.remove_prefix(part.size());
    }
    return absl::OkStatus();
  }
  bool AtBoundary() const override { return at_end_; }

 private:
  absl::Status InflatePart(absl::string_view part, const Output& out) {
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));  // zlib only reads it
    z_.avail_in = static_cast<uInt>(part.size());
    bool full = true;  // a full piece may mean that more waits inside zlib
    while (z_.avail_in > 0 || full) {
      if (at_end_) {
        if (z_.avail_in == 0) break;
        inflateReset(&z_);
        at_end_ = false;
      }
      z_.next_out = reinterpret_cast<Bytef*>(piece_.data());
      z_.avail_out = static_cast<uInt>(piece_.size());
      const int result = inflate(&z_, Z_NO_FLUSH);
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        return absl::InvalidArgumentError(
            absl::StrCat("broken gzip: ", z_.msg != nullptr ? z_.msg : "no gzip data"));
      }
      at_end_ = result == Z_STREAM_END;
      full = z_.avail_out == 0;
      if (absl::Status s = Emit({piece_.data(), piece_.size() - z_.avail_out}, out); !s.ok()) {
        return s;
      }
    }
    return absl::OkStatus();
  }

  z_stream z_ = {};
  bool ready_ = false;
  bool at_end_ = false;  // of a member
  std::vector<char> piece_;
};

// RFC 8878: any number of frames, skippable ones among them.
//
// The head of each frame goes to the library byte by byte, and its magic number is looked at here.
// In one piece, the library may take the formats before the RFC, whose decoders are not made for
// bytes from strangers; and where a head is split, it may take what follows the split for a frame
// of its own.
class ZstdInflater : public BoundedInflater {
 public:
  explicit ZstdInflater(uint64_t max_output_bytes)
      : BoundedInflater(max_output_bytes),
        stream_(ZSTD_createDStream(), &ZSTD_freeDStream),
        piece_(kPieceBytes) {
    if (stream_) ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kMaxZstdWindowLog);
  }

  bool ready() const { return stream_ != nullptr; }

 protected:
  absl::Status Inflate(absl::string_view bytes, const Output& out) override {
    while (!bytes.empty()) {
      const bool in_head = head_.size() < kMaxHeadBytes;
      absl::string_view part = in_head ? bytes.substr(0, 1) : bytes;
      if (in_head) head_.push_back(part[0]);
      if (!MayBeginFrame(head_)) return absl::InvalidArgumentError("broken zstd: no zstd frame");
      const size_t given = part.size();
      if (absl::Status s = InflatePart(part, out); !s.ok()) return s;
      bytes.remove_prefix(given - part.size());
    }
    return absl::OkStatus();
  }
  bool AtBoundary() const override { return any_frame_ && head_.empty(); }

 private:
  static constexpr size_t kMaxHeadBytes = 18;

  static bool MayBeginFrame(absl::string_view head) {
    const absl::string_view magic = head.substr(0, 4);
    const absl::string_view skippable =
        absl::string_view("\x2A\x4D\x18").substr(0, magic.size() - 1);
    return magic == absl::string_view("\x28\xB5\x2F\xFD").substr(0, magic.size()) ||
           ((magic[0] & 0xF0) == 0x50 && magic.substr(1) == skippable);
  }

  // Takes bytes off the part, at most up to the end of the frame.
  absl::Status InflatePart(absl::string_view& part, const Output& out) {
    ZSTD_inBuffer in{part.data(), part.size(), 0};
    bool full = true;  // a full piece may mean that more waits inside zstd
    bool at_end = false;
    while (!at_end && (in.pos < in.size || full)) {
      ZSTD_outBuffer piece{piece_.data(), piece_.size(), 0};
      const size_t result = ZSTD_decompressStream(stream_.get(), &piece, &in);
      if (ZSTD_isError(result) != 0) {
        return absl::InvalidArgumentError(absl::StrCat("broken zstd: ", ZSTD_getErrorName(result)));
      }
      at_end = result == 0;
      full = piece.pos == piece.size;
      if (absl::Status s = Emit({piece_.data(), piece.pos}, out); !s.ok()) return s;
    }
    part.remove_prefix(in.pos);
    any_frame_ = any_frame_ || at_end;
    if (at_end) head_.clear();
    return absl::OkStatus();
  }

  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream_;
  std::string head_;  // the first bytes of the frame that is being read; empty between frames
  bool any_frame_ = false;
  std::vector<char> piece_;
};

template <typename T>
absl::StatusOr<std::unique_ptr<Inflater>> MakeReady(uint64_t max_output_bytes) {
  auto inflater = std::make_unique<T>(max_output_bytes);
  if (!inflater->ready()) return absl::ResourceExhaustedError("no memory to inflate");
  return inflater;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Inflater>> MakeInflater(absl::string_view coding,
                                                       uint64_t max_output_bytes) {
  if (coding == "identity") return std::make_unique<IdentityInflater>(max_output_bytes);
  if (coding == "gzip") return MakeReady<GzipInflater>(max_output_bytes);
  if (coding == "zstd") return MakeReady<ZstdInflater>(max_output_bytes);
  return absl::InvalidArgumentError(
      absl::StrCat("unknown content coding '", Shown(coding), "', known: ", kCodings));
}

}  // namespace spoor
