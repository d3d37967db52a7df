#include "router/jobs/join_lines.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "router/message/json_writer.h"

namespace spoor {
namespace {

std::string JsonText(absl::string_view text) {
  JsonWriter w;
  w.String(text);
  return w.Take();
}

// In full, as searches give them.
std::string TextOf(double value) {
  JsonWriter w;
  w.Double(value);
  return w.Take();
}

// Scores are quotients of small numbers, of which there are few: each is printed once.
class Scores {
 public:
  const std::string& TextOf(double score) {
    const auto [text, is_new] = texts_.try_emplace(score);
    if (is_new) text->second = spoor::TextOf(score);
    return text->second;
  }

 private:
  absl::flat_hash_map<double, std::string> texts_;
};

}  // namespace

uint64_t AppendJoinLines(const JoinAnswer& answer, absl::Span<const HomePlace> probes,
                         const std::vector<bool>& told, bool measured, std::string& out) {
  std::vector<std::string> partners;
  partners.reserve(answer.partners.size());
  for (const JoinPartner& partner : answer.partners) {
    partners.push_back(
        absl::StrCat(JsonText(partner.place.id), measured ? R"(,"distance_m":)" : R"(,"score":)"));
  }
  Scores scores;
  uint64_t pairs = 0;
  std::string head;  // of the lines of one probe
  const JoinPair* before = nullptr;
  for (const JoinPair& pair : answer.pairs) {
    if (!told[pair.partner]) continue;
    if (before == nullptr || before->probe != pair.probe) {
      head = absl::StrCat(R"({"a":)", JsonText(probes[pair.probe].id), R"(,"b":)");
    }
    before = &pair;
    absl::StrAppend(&out, head, partners[pair.partner],
                    measured ? TextOf(pair.distance_m) : scores.TextOf(pair.score),
                    pair.direction == Direction::kOpposite ? ",\"direction\":\"opposite\"}\n"
                                                           : ",\"direction\":\"same\"}\n");
    ++pairs;
  }
  return pairs;
}

}  // namespace spoor
