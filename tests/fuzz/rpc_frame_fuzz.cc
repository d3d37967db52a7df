#include <cstdint>
#include <cstdlib>
#include <vector>

#include "shard/rpc/heads.h"

// What a connection brings: the first byte says in which pieces the rest comes; frames must be the
// same as when it comes at once, and every head is decoded.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<spoor::Frame> whole, pieces;
  spoor::FrameDecoder at_once(1 << 20), bit_by_bit(1 << 20);
  const bool ok = at_once.Feed(bytes, whole).ok();
  bool pieces_ok = true;
  const size_t step = 1 + data[0] % 64u;
  for (size_t at = 0; at < bytes.size(); at += step) {
    pieces_ok = bit_by_bit.Feed(bytes.substr(at, step), pieces).ok();
  }
  if (ok != pieces_ok || whole != pieces) std::abort();
  for (const spoor::Frame& frame : whole) {
    spoor::DecodeHello(frame).IgnoreError();
    spoor::DecodeRequest(frame, spoor::RpcTime()).IgnoreError();
    spoor::DecodeAnswer(frame).IgnoreError();
    spoor::DecodeId(frame).IgnoreError();
  }
  return 0;
}
