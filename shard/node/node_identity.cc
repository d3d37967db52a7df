#include "shard/node/node_identity.h"

#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "shard/files/file_error.h"
#include "shard/files/replace_file.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

struct NodeBinding {
  NodeIdentity identity;
  std::string cluster, node;  // empty: of a version that did not say
};

// "1 <store id> <incarnation>", of earlier versions, or "2 <store id> <incarnation> <cluster>
// <node>"; neither name has a space.
bool Parse(absl::string_view line, NodeBinding* out) {
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
  const bool is_bound = words.size() == 5 && words[0] == "2";
  if (!is_bound && !(words.size() == 3 && words[0] == "1")) return false;
  if (is_bound) {
    out->cluster = std::string(words[3]);
    out->node = std::string(words[4]);
  }
  return absl::SimpleHexAtoi(words[1], &out->identity.store_id) &&
         absl::SimpleAtoi(words[2], &out->identity.incarnation) && out->identity.store_id != 0;
}

absl::StatusOr<NodeBinding> ReadIdentity(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!in) return FileError("open", path);
  std::getline(in, line);
  NodeBinding bound;
  if (!Parse(line, &bound)) return absl::DataLossError(absl::StrCat("damaged ", path));
  return bound;
}

NodeIdentity NewIdentity() {
  NodeIdentity identity;
  std::random_device random;
  do identity.store_id = uint64_t{random()} << 32 | random();
  while (identity.store_id == 0);
  return identity;
}

}  // namespace

absl::StatusOr<NodeIdentity> NextIdentity(const std::string& data_dir, const std::string& cluster,
                                          const std::string& node) {
  const std::string path = data_dir + "/IDENTITY";
  std::error_code error;
  const bool exists = fs::exists(path, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot see ", path));
  NodeBinding bound;
  if (exists) {
    auto known = ReadIdentity(path);
    if (!known.ok()) return known.status();
    bound = *std::move(known);
  } else {
    bound.identity = NewIdentity();
  }
  const bool is_ours = bound.cluster.empty() || (bound.cluster == cluster && bound.node == node);
  if (!is_ours) {
    return absl::FailedPreconditionError(absl::StrCat(
        data_dir, " belongs to node '", bound.node, "' of cluster '", bound.cluster,
        "'; this is node '", node, "' of cluster '", cluster,
        "', which needs a directory of its own, or has to be started under that name"));
  }
  ++bound.identity.incarnation;
  const absl::Status written =
      ReplaceFile(path, absl::StrCat("2 ", absl::Hex(bound.identity.store_id), " ",
                                     bound.identity.incarnation, " ", cluster, " ", node, "\n"));
  if (!written.ok()) return written;
  return bound.identity;
}

}  // namespace spoor
