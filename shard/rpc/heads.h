#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "shard/rpc/call.h"
#include "shard/rpc/frame.h"

namespace spoor {

// Values to frames and back.  What a peer sends is checked here: sizes, codes, ranges; a frame that
// breaks the protocol is DataLoss, and its connection is of no more use.

inline constexpr uint32_t kRpcVersion = 1;

// What each side says first.
struct Hello {
  uint32_t version_min = kRpcVersion, version_max = kRpcVersion;
  std::string cluster, node;  // at most kMaxNameBytes each
  uint32_t max_body_bytes = kMaxBodyBytes;
  friend bool operator==(const Hello&, const Hello&) = default;
};

inline constexpr size_t kMaxNameBytes = 256;

std::string HelloFrame(const Hello& hello);
absl::StatusOr<Hello> DecodeHello(const Frame& frame);
// The version that both speak.  FailedPrecondition, with both sides' values, when there is none or
// the clusters differ.
absl::StatusOr<uint32_t> Agree(const Hello& ours, const Hello& theirs);

struct Request {
  uint64_t id = 0;
  Call call;
  std::chrono::steady_clock::time_point deadline;  // by this machine's clock; max(): none
};

using RpcTime = std::chrono::steady_clock::time_point;

// Why a call cannot be sent to a peer that takes so much; OK when it can.  A body that is no bytes
// yet is of no size.
absl::Status CheckCall(const Call& call, uint32_t max_body_bytes);
// REQUIRES: CheckCall is OK, id is not 0, deadline > now.
std::string RequestFrame(uint64_t id, const Call& call, RpcTime deadline, RpcTime now);
absl::StatusOr<Request> DecodeRequest(Frame frame, RpcTime now);

// A reply, an error or an overload.  A body above what the caller takes becomes OutOfRange.
std::string AnswerFrame(uint64_t id, const Answer& answer, uint32_t max_body_bytes);
struct Answered {
  uint64_t id = 0;  // 0: the peer refuses the connection
  Answer answer;
};
absl::StatusOr<Answered> DecodeAnswer(Frame frame);

// A cancel, ping or pong.
std::string IdFrame(FrameKind kind, uint64_t id);
absl::StatusOr<uint64_t> DecodeId(const Frame& frame);

}  // namespace spoor
