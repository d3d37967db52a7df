#include "shard/rpc/heads.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/rpc.pb.h"

namespace spoor {
namespace {

using std::chrono::microseconds;

// Longer than any work, and short enough to be added to any clock.
constexpr microseconds kLongestTimeout = std::chrono::hours(24 * 365);

absl::Status Broken(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the peer sent ", what));
}

std::string Framed(FrameKind kind, const google::protobuf::MessageLite& head,
                   absl::string_view body = "") {
  std::string frame;
  AppendFrame(kind, head.SerializeAsString(), body, frame);
  return frame;
}

}  // namespace

std::string HelloFrame(const Hello& hello) {
  v1::RpcHello head;
  head.set_version_min(hello.version_min);
  head.set_version_max(hello.version_max);
  head.set_cluster(hello.cluster.substr(0, kMaxNameBytes));
  head.set_node(hello.node.substr(0, kMaxNameBytes));
  head.set_max_body_bytes(hello.max_body_bytes);
  return Framed(FrameKind::kHello, head);
}

absl::StatusOr<Hello> DecodeHello(const Frame& frame) {
  v1::RpcHello head;
  if (frame.kind != FrameKind::kHello || !head.ParseFromString(frame.head)) {
    return Broken("something else than a hello first");
  }
  if (head.cluster().size() > kMaxNameBytes || head.node().size() > kMaxNameBytes) {
    return Broken("a hello with a name above the limit");
  }
  return Hello{.version_min = head.version_min(),
               .version_max = head.version_max(),
               .cluster = head.cluster(),
               .node = head.node(),
               .max_body_bytes =
                   static_cast<uint32_t>(std::min<uint64_t>(head.max_body_bytes(), kMaxBodyBytes))};
}

absl::StatusOr<uint32_t> Agree(const Hello& ours, const Hello& theirs) {
  if (ours.cluster != theirs.cluster) {
    return absl::FailedPreconditionError(absl::StrCat("node ", theirs.node, " is of cluster '",
                                                      theirs.cluster, "', node ", ours.node,
                                                      " of '", ours.cluster, "'"));
  }
  const uint32_t version = std::min(ours.version_max, theirs.version_max);
  if (version < std::max(ours.version_min, theirs.version_min)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "node ", theirs.node, " speaks versions ", theirs.version_min, " to ", theirs.version_max,
        ", node ", ours.node, " ", ours.version_min, " to ", ours.version_max));
  }
  return version;
}

absl::Status CheckCall(const Call& call, uint32_t max_body_bytes) {
  if (call.method.empty() || call.method.size() > kMaxMethodBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a method has a name of ", call.method.size(),
                                                   " bytes; allowed: 1 to ", kMaxMethodBytes));
  }
  if (call.trace_parent.size() > kMaxTraceBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a trace parent of ", call.trace_parent.size(),
                                                   " bytes; allowed: ", kMaxTraceBytes));
  }
  if (call.body.has_bytes() && call.body.size() > max_body_bytes) {
    return absl::OutOfRangeError(absl::StrCat("the call '", call.method, "' has a body of ",
                                              call.body.size(),
                                              " bytes; allowed: ", max_body_bytes));
  }
  return absl::OkStatus();
}

std::string RequestFrame(uint64_t id, const Call& call, RpcTime deadline, RpcTime now) {
  v1::RpcRequest head;
  head.set_id(id);
  head.set_method(call.method);
  if (deadline != RpcTime::max()) {
    const auto left = std::chrono::duration_cast<microseconds>(deadline - now);
    head.set_timeout_us(
        static_cast<uint64_t>(std::clamp(left, microseconds(1), kLongestTimeout).count()));
  }
  head.set_epoch(call.epoch);
  head.set_trace_parent(call.trace_parent);
  return Framed(FrameKind::kRequest, head, call.body.bytes());
}

absl::StatusOr<Request> DecodeRequest(Frame frame, RpcTime now) {
  v1::RpcRequest head;
  if (!head.ParseFromString(frame.head) || head.id() == 0) return Broken("a damaged request");
  Request request{.id = head.id(),
                  .call = {.method = std::move(*head.mutable_method()),
                           .body = std::move(frame.body),
                           .epoch = head.epoch(),
                           .trace_parent = std::move(*head.mutable_trace_parent())},
                  .deadline = RpcTime::max()};
  if (!CheckCall(request.call, kMaxBodyBytes).ok()) return Broken("a request above the limits");
  if (head.timeout_us() > 0) {
    const auto longest = static_cast<uint64_t>(kLongestTimeout.count());
    request.deadline = now + microseconds(std::min(head.timeout_us(), longest));
  }
  return request;
}

std::string AnswerFrame(uint64_t id, const Answer& answer, uint32_t max_body_bytes) {
  if (answer.ok() && answer->size() <= max_body_bytes) {
    v1::RpcId head;
    head.set_id(id);
    return Framed(FrameKind::kReply, head, answer->bytes());
  }
  Refusal refusal = ToRefusal(
      answer.ok() ? absl::OutOfRangeError(absl::StrCat("the answer has ", answer->size(),
                                                       " bytes; the caller takes ", max_body_bytes))
                  : answer.status());
  if (refusal.detail.size() > max_body_bytes) refusal.detail.clear();
  v1::RpcError head;
  head.set_id(id);
  head.set_code(static_cast<uint32_t>(refusal.code));
  head.set_message(refusal.message);
  head.set_current_epoch(refusal.current_epoch);
  head.set_behind(refusal.behind);
  if (!refusal.retry_after) return Framed(FrameKind::kError, head, refusal.detail);
  head.set_retry_after_ms(
      static_cast<uint32_t>(std::min<int64_t>(refusal.retry_after->count(), UINT32_MAX)));
  return Framed(FrameKind::kOverload, head, refusal.detail);
}

absl::StatusOr<Answered> DecodeAnswer(Frame frame) {
  if (frame.kind == FrameKind::kReply) {
    v1::RpcId head;
    if (!head.ParseFromString(frame.head) || head.id() == 0) return Broken("a damaged reply");
    return Answered{head.id(), std::move(frame.body)};
  }
  v1::RpcError head;
  if (!head.ParseFromString(frame.head)) return Broken("a damaged error");
  constexpr uint32_t kHighestCode = 16;
  Refusal refusal{
      .code = static_cast<absl::StatusCode>(head.code() <= kHighestCode ? head.code() : 2),
      .message = head.message().substr(0, kMaxMessageBytes),
      .detail = std::move(frame.body),
      .current_epoch = head.current_epoch(),
      .retry_after = std::nullopt,
      .behind = head.behind()};
  if (frame.kind == FrameKind::kOverload) {
    refusal.retry_after = std::chrono::milliseconds(head.retry_after_ms());
  }
  return Answered{head.id(), ToStatus(refusal)};
}

std::string IdFrame(FrameKind kind, uint64_t id) {
  v1::RpcId head;
  head.set_id(id);
  return Framed(kind, head);
}

absl::StatusOr<uint64_t> DecodeId(const Frame& frame) {
  v1::RpcId head;
  if (!head.ParseFromString(frame.head)) return Broken("a damaged head");
  return head.id();
}

}  // namespace spoor
