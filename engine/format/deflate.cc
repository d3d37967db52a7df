#include <zlib.h>
#include <zstd.h>

#include <cassert>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/format/reader.h"

namespace spoor {
namespace {

constexpr size_t kDeflatedAtOnce = size_t{64} << 10;
constexpr int kGzipHead = 16 + MAX_WBITS;      // for zlib: a gzip header, not its own
constexpr int kGzipLevel = 6, kZstdLevel = 3;  // the usual ones: answers are sent once

class GzipDeflater : public Deflater {
 public:
  GzipDeflater() : piece_(kDeflatedAtOnce) {
    ready_ = deflateInit2(&z_, kGzipLevel, Z_DEFLATED, kGzipHead, MAX_MEM_LEVEL - 1,
                          Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~GzipDeflater() override { deflateEnd(&z_); }
  bool ready() const { return ready_; }

  std::string Feed(absl::string_view bytes) override { return Run(bytes, Z_SYNC_FLUSH); }
  std::string Finish() override { return Run("", Z_FINISH); }
  std::string Whole(absl::string_view bytes) { return Run(bytes, Z_FINISH); }

 private:
  std::string Run(absl::string_view bytes, int flush) {
    std::string encoded;
    bool full = true;  // a full piece may mean that more waits inside zlib
    while (!bytes.empty() || full) {
      const absl::string_view part = bytes.substr(0, std::numeric_limits<uInt>::max());
      z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));  // zlib only reads it
      z_.avail_in = static_cast<uInt>(part.size());
      z_.next_out = reinterpret_cast<Bytef*>(piece_.data());
      z_.avail_out = static_cast<uInt>(piece_.size());
      deflate(&z_, part.size() == bytes.size() ? flush : Z_NO_FLUSH);
      bytes.remove_prefix(part.size() - z_.avail_in);
      full = z_.avail_out == 0;
      encoded.append(piece_.data(), piece_.size() - z_.avail_out);
    }
    return encoded;
  }

  z_stream z_ = {};
  bool ready_ = false;
  std::vector<char> piece_;
};

class ZstdDeflater : public Deflater {
 public:
  ZstdDeflater() : stream_(ZSTD_createCStream(), &ZSTD_freeCStream), piece_(kDeflatedAtOnce) {
    if (stream_) ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_compressionLevel, kZstdLevel);
  }
  bool ready() const { return stream_ != nullptr; }

  std::string Feed(absl::string_view bytes) override { return Run(bytes, ZSTD_e_flush); }
  std::string Finish() override { return Run("", ZSTD_e_end); }

 private:
  std::string Run(absl::string_view bytes, ZSTD_EndDirective directive) {
    std::string encoded;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    size_t left = 1;
    while (left != 0) {
      ZSTD_outBuffer piece{piece_.data(), piece_.size(), 0};
      left = ZSTD_compressStream2(stream_.get(), &piece, &in, directive);
      assert(ZSTD_isError(left) == 0);  // it fails only where it is misused
      encoded.append(piece_.data(), piece.pos);
    }
    return encoded;
  }

  std::unique_ptr<ZSTD_CStream, size_t (*)(ZSTD_CStream*)> stream_;
  std::vector<char> piece_;
};

template <typename T>
std::unique_ptr<Deflater> ReadyOrNull() {
  auto deflater = std::make_unique<T>();
  return deflater->ready() ? std::move(deflater) : nullptr;
}

std::string Gzip(absl::string_view bytes) {
  GzipDeflater deflater;
  assert(deflater.ready());
  return deflater.Whole(bytes);
}

std::string Zstd(absl::string_view bytes) {
  std::string encoded(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size =
      ZSTD_compress(encoded.data(), encoded.size(), bytes.data(), bytes.size(), kZstdLevel);
  assert(ZSTD_isError(size) == 0);  // the buffer is as long as it may need
  encoded.resize(size);
  return encoded;
}

}  // namespace

std::string Deflate(absl::string_view bytes, absl::string_view coding) {
  if (coding == "gzip") return Gzip(bytes);
  if (coding == "zstd") return Zstd(bytes);
  assert(coding == "identity");
  return std::string(bytes);
}

std::unique_ptr<Deflater> MakeDeflater(absl::string_view coding) {
  if (coding == "gzip") return ReadyOrNull<GzipDeflater>();
  return coding == "zstd" ? ReadyOrNull<ZstdDeflater>() : nullptr;
}

}  // namespace spoor
