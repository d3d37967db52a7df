#include "router/reads/rounds.h"

#include <set>

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

// Leaves a tenth of the time to make an answer of those that came.
Patience InTimeToAnswer(const Patience& patience) {
  if (patience.deadline == Clock::time_point::max()) return patience;
  Patience shorter = patience;
  shorter.deadline -= std::max(Clock::duration::zero(), (patience.deadline - Clock::now()) / 10);
  return shorter;
}

// Whether the error is of the question, or tells to ask anew: then no part can do better.
bool IsOfAll(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kUnimplemented:
      return true;
    default:
      return CurrentEpoch(status).has_value();
  }
}

// What the failure of a part is to the caller.
absl::Status OfPart(const absl::Status& status) {
  // The log of a token has been checked: the node does not serve what it was asked for.
  if (absl::IsFailedPrecondition(status)) return absl::UnavailableError(status.message());
  return status;
}

}  // namespace

Rounds::Rounds(const Parts& parts)
    : collection_(parts.collection),
      parts_(parts.parts),
      terms_(parts.terms),
      failed_(parts_.size()),
      left_out_(parts_.size()),
      counted_(parts_.size()) {}

void Rounds::LeaveOut(size_t part) {
  left_out_[part] = 1;
  --counted_;
}

Rounds::Answers Rounds::Send(const std::string& method, Bodies bodies, const Patience& patience) {
  std::vector<size_t> asked;
  std::vector<Question> questions;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (!bodies[i] || failed_[i] != 0) continue;
    asked.push_back(i);
    questions.push_back({.channel = parts_[i].channel,
                         .call = {.method = method,
                                  .body = *std::move(bodies[i]),
                                  .epoch = terms_.epoch,
                                  .trace_parent = {}}});
  }
  Answers out(parts_.size());
  if (asked.empty()) return out;
  ++rounds_;
  auto answers = spoor::AskAll(std::move(questions),
                               terms_.allow_partial ? InTimeToAnswer(patience) : patience);
  for (size_t i = 0; i < asked.size(); ++i) out[asked[i]] = std::move(answers[i]);
  return out;
}

absl::Status Rounds::Judge(const Answers& answers) {
  absl::Status first;
  for (size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i] || answers[i]->ok()) continue;
    const absl::Status& status = answers[i]->status();
    if (CurrentEpoch(status)) return status;  // before all others: it can be mended
    if (first.ok() || (IsOfAll(status) && !IsOfAll(first))) first = status;
    failed_[i] = 1;
    ++failures_;
  }
  if (first.ok() || IsOfAll(first)) return first;
  if (terms_.allow_partial && failures_ < counted_) return absl::OkStatus();
  return OfPart(first);
}

ReadReport Rounds::Report() const {
  ReadReport report;
  std::set<uint32_t> nodes;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (left_out_[i] != 0) {
      report.pruned += static_cast<uint32_t>(parts_[i].slots.size());
      continue;
    }
    nodes.insert(parts_[i].node);
    for (ReadReport::Slot slot : parts_[i].slots) {
      slot.answered = failed_[i] == 0;
      ++(slot.answered ? report.answered : report.failed);
      report.slots.push_back(slot);
    }
  }
  report.asked = static_cast<uint32_t>(report.slots.size());
  report.nodes = static_cast<uint32_t>(nodes.size());
  report.rounds = rounds_;
  report.staleness_ms = staleness_ms_;
  report.damaged = damaged_;
  std::sort(report.slots.begin(), report.slots.end(),
            [](const auto& a, const auto& b) { return a.slot < b.slot; });
  return report;
}

}  // namespace spoor
