#include "router/command/placement_nodes.h"

#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace spoor {
namespace {

absl::Status Wrong(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("--nodes ", text, ": ", why));
}

absl::StatusOr<PlacedNode> ReadNode(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ',');
  const std::pair<std::string, std::string> first =
      absl::StrSplit(parts[0], absl::MaxSplits('=', 1));
  PlacedNode node{.name = first.first, .address = first.second, .zone = {}};
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::pair<std::string, std::string> field =
        absl::StrSplit(parts[i], absl::MaxSplits('=', 1));
    if (field.first == "zone") {
      node.zone = field.second;
    } else if (field.first != "weight") {
      return Wrong(text, absl::StrCat("'", parts[i], "', allowed: zone=ZONE, weight=N"));
    } else if (!absl::SimpleAtoi(field.second, &node.weight)) {
      return Wrong(text,
                   absl::StrCat("weight is '", field.second, "', allowed: 0 ... ", kMaxWeight));
    }
  }
  if (absl::Status s = Validate(node); !s.ok()) return Wrong(text, s.message());
  return node;
}

absl::Status ReadFile(const std::string& path, std::vector<PlacedNode>* nodes) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("--nodes ", path, ": no such file"));
  for (std::string line; std::getline(file, line);) {
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty() || absl::StartsWith(text, "#")) continue;
    absl::StatusOr<PlacedNode> node = ReadNode(text);
    if (!node.ok()) return node.status();
    nodes->push_back(*std::move(node));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<PlacedNode>> ReadNodes(const std::vector<std::string>& texts) {
  std::vector<PlacedNode> nodes;
  for (const std::string& text : texts) {
    if (!absl::StrContains(text, '=')) {
      if (absl::Status s = ReadFile(text, &nodes); !s.ok()) return s;
      continue;
    }
    absl::StatusOr<PlacedNode> node = ReadNode(text);
    if (!node.ok()) return node.status();
    nodes.push_back(*std::move(node));
  }
  return nodes;
}

}  // namespace spoor
