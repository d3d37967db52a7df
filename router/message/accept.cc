#include "router/message/accept.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace spoor {
namespace {

constexpr size_t kMaxChoices = 64;

struct Preference {
  std::string name;
  double weight = 1;
};

std::vector<Preference> ParseChoices(absl::string_view header) {
  std::vector<Preference> choices;
  for (const absl::string_view piece : absl::StrSplit(header, ',', absl::SkipWhitespace())) {
    const std::vector<absl::string_view> parts = absl::StrSplit(piece, ';');
    Preference choice{.name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[0]))};
    for (const absl::string_view part : parts) {
      absl::string_view weight = absl::StripAsciiWhitespace(part);
      if (!absl::ConsumePrefix(&weight, "q=")) continue;
      if (!absl::SimpleAtod(weight, &choice.weight)) choice.weight = 0;
    }
    choices.push_back(choice);
    if (choices.size() == kMaxChoices) break;
  }
  return choices;
}

// How exactly a range names a type: 3 "a/b", 2 "a/*", 1 "*/*", 0 not at all.
int Specificity(absl::string_view range, absl::string_view type) {
  if (range == type) return 3;
  if (range == "*/*") return 1;
  return absl::ConsumeSuffix(&range, "*") && absl::EndsWith(range, "/") &&
                 absl::StartsWith(type, range)
             ? 2
             : 0;
}

double WeightOf(const std::vector<Preference>& choices, absl::string_view type) {
  int best = 0;
  double weight = 0;
  for (const Preference& choice : choices) {
    const int specificity = Specificity(choice.name, type);
    if (specificity > best) best = specificity, weight = choice.weight;
  }
  return weight;
}

}  // namespace

const std::string* FindHeader(const ApiRequest& request, absl::string_view name) {
  for (const auto& [known, value] : request.headers) {
    if (known == name) return &value;
  }
  return nullptr;
}

std::optional<size_t> ChooseMediaType(absl::string_view accept,
                                      absl::Span<const absl::string_view> offered) {
  const std::vector<Preference> choices = ParseChoices(accept);
  if (choices.empty()) return 0;
  std::optional<size_t> chosen;
  double best = 0;
  for (size_t i = 0; i < offered.size(); ++i) {
    const double weight = WeightOf(choices, offered[i]);
    if (weight > best) best = weight, chosen = i;
  }
  return chosen;
}

absl::string_view ChooseCoding(absl::string_view accept_encoding) {
  absl::string_view chosen = "identity";
  double best = 0;
  for (const Preference& choice : ParseChoices(accept_encoding)) {
    const bool known = choice.name == "zstd" || choice.name == "gzip";
    const bool better = choice.weight > best || (choice.weight == best && choice.name == "zstd");
    if (!known || choice.weight == 0 || !better) continue;
    best = choice.weight;
    chosen = choice.name == "zstd" ? "zstd" : "gzip";
  }
  return chosen;
}

std::string BareMediaType(absl::string_view content_type) {
  const absl::string_view bare = content_type.substr(0, content_type.find(';'));
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(bare));
}

}  // namespace spoor
