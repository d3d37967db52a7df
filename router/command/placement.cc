#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/format/reader.h"
#include "engine/store/home_key.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "router/command/json_text.h"
#include "router/command/placement_apply.h"
#include "router/command/placement_file.h"
#include "router/command/placement_nodes.h"
#include "router/command/progress.h"
#include "router/command/table.h"
#include "router/ingest/input_file.h"
#include "shard/place/placement_plan.h"

namespace spoor {
namespace {

namespace json = boost::json;

struct PlacementOptions {
  std::vector<std::string> nodes;
  std::string sample, from, out;
  uint32_t slots = 0;     // 0: as many as --from has, or kDefaultSlots
  uint32_t replicas = 0;  // 0: as many as --from has, or 1
  bool json = false;
};

// Fine enough for 25 nodes to bear the same within a few per cent, coarse enough to read.
constexpr uint32_t kDefaultSlots = 256;

struct PlacementPlan {
  Placement placement;
  std::vector<uint64_t> loads;  // of the slots, in keys of the sample
  uint64_t sample = 0;
  std::vector<SlotMove> moves;
  bool has_moves = false;  // there was an earlier placement
  double moved = 0;        // share of all load, replicas included
};

// The home keys of the trips in a file; records that cannot be read are passed over, as when they
// are loaded.
absl::StatusOr<KeySample> ReadSample(const std::string& path, Terminal& terminal) {
  auto input = InputFile::Open(path, terminal.in);
  if (!input.ok()) return input.status();
  std::string piece;
  absl::StatusOr<bool> more = (*input)->Read(&piece);
  if (!more.ok()) return more.status();
  const auto format = GuessFormat(path, piece);
  if (!format.ok()) return format.status();
  auto reader = (*format)->make({});
  if (!reader.ok()) return reader.status();
  KeySample keys;
  const RecordSink sink = [&](ParsedRecord record) {
    if (record.trajectory.ok()) keys.push_back(HomeKey(record.trajectory->view(), record.id));
  };
  while (more.ok() && *more) {
    if (absl::Status s = (*reader)->Feed(piece, sink); !s.ok()) return s;
    piece.clear();
    more = (*input)->Read(&piece);
  }
  if (!more.ok()) return more.status();
  if (absl::Status s = (*reader)->Finish(sink); !s.ok()) return s;
  if (keys.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--sample is '", path, "', allowed: a file with at least one good trip"));
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

double MovedShare(const PlacementPlan& planned, const KeySample& sample) {
  uint64_t moved = 0;
  for (const SlotMove& move : planned.moves) {
    moved +=
        static_cast<uint64_t>(std::upper_bound(sample.begin(), sample.end(), move.range.last) -
                              std::lower_bound(sample.begin(), sample.end(), move.range.first));
  }
  const size_t replicas = planned.placement.replicas[0].size();
  return static_cast<double>(moved) / static_cast<double>(sample.size() * replicas);
}

// Cuts as many slots as are asked for; an earlier placement's are kept.
absl::StatusOr<std::vector<uint64_t>> MakeCuts(const PlacementOptions& options,
                                               const Placement* from, const KeySample& sample) {
  if (from == nullptr) {
    return CutByLoad(sample, options.slots == 0 ? kDefaultSlots : options.slots);
  }
  if (options.slots == 0 || options.slots == from->slots()) return from->cuts;
  if (options.slots > from->slots()) return CutFiner(sample, from->cuts, options.slots);
  return absl::InvalidArgumentError(absl::StrCat("--slots is '", options.slots,
                                                 "', allowed: ", from->slots(), " ... ", kMaxSlots,
                                                 ", because slots are never joined"));
}

absl::StatusOr<PlacementPlan> MakePlan(const PlacementOptions& options, Terminal& terminal) {
  PlanRequest request{
      .nodes = {}, .replicas = std::max(options.replicas, 1u), .cuts = {}, .loads = {}};
  auto nodes = ReadNodes(options.nodes);
  if (!nodes.ok()) return nodes.status();
  request.nodes = *std::move(nodes);
  std::unique_ptr<Placement> from;
  if (!options.from.empty()) {
    auto read = ReadPlacement(options.from);
    if (!read.ok()) return read.status();
    from = std::make_unique<Placement>(*std::move(read));
    if (options.replicas == 0) request.replicas = static_cast<uint32_t>(from->replicas[0].size());
  }
  const auto sample = ReadSample(options.sample, terminal);
  if (!sample.ok()) return sample.status();
  auto cuts = MakeCuts(options, from.get(), *sample);
  if (!cuts.ok()) return cuts.status();
  request.cuts = *std::move(cuts);
  request.loads = SlotLoads(*sample, request.cuts);
  auto placement = from == nullptr ? Plan(request) : Replan(*from, request);
  if (!placement.ok()) return placement.status();
  PlacementPlan planned{.placement = *std::move(placement),
                        .loads = request.loads,
                        .sample = sample->size(),
                        .moves = {},
                        .has_moves = from != nullptr};
  if (from != nullptr) planned.moves = MovesBetween(*from, planned.placement);
  planned.moved = MovedShare(planned, *sample);
  return planned;
}

// The share of what all nodes bear, in [0, 1].
std::vector<double> SharesOf(const PlacementPlan& planned) {
  const size_t replicas = planned.placement.replicas[0].size();
  std::vector<double> shares;
  for (const uint64_t load : NodeLoads(planned.placement, planned.loads)) {
    shares.push_back(static_cast<double>(load) / static_cast<double>(planned.sample * replicas));
  }
  return shares;
}

uint64_t Fetches(const PlacementPlan& planned, const std::string& node) {
  return static_cast<uint64_t>(std::count_if(planned.moves.begin(), planned.moves.end(),
                                             [&](const SlotMove& m) { return m.to == node; }));
}

// Slot numbers, ascending, as "0-3 7".
std::string ShowSlots(const std::vector<uint32_t>& slots) {
  std::string text;
  for (size_t i = 0; i < slots.size();) {
    size_t end = i;
    while (end + 1 < slots.size() && slots[end + 1] == slots[end] + 1) ++end;
    absl::StrAppend(&text, text.empty() ? "" : " ", slots[i]);
    if (end > i) absl::StrAppend(&text, "-", slots[end]);
    i = end + 1;
  }
  return text;
}

void PrintText(const PlacementPlan& planned, std::ostream& out) {
  const Placement& p = planned.placement;
  const std::vector<double> shares = SharesOf(planned);
  TextTable table({"node", "address", "zone", ">weight", ">share", ">slots", ">fetches", "which"});
  for (size_t n = 0; n < p.nodes.size(); ++n) {
    const PlacedNode& node = p.nodes[n];
    const std::vector<uint32_t> slots = SlotsOf(p, node.name);
    table.Add({node.name, node.address, node.zone, absl::StrCat(node.weight),
               absl::StrFormat("%.1f %%", 100 * shares[n]), absl::StrCat(slots.size()),
               planned.has_moves ? absl::StrCat(Fetches(planned, node.name)) : "",
               ShowSlots(slots)});
  }
  table.Print(out);
  out << p.slots() << " slots cut from " << ShowCount(planned.sample) << " trips, "
      << p.replicas[0].size() << (p.replicas[0].size() == 1 ? " replica" : " replicas")
      << ", epoch " << p.epoch.value() << '\n';
  if (planned.has_moves) {
    out << planned.moves.size() << (planned.moves.size() == 1 ? " slot moves, " : " slots move, ")
        << absl::StrFormat("%.1f %%", 100 * planned.moved) << " of the data\n";
  }
}

json::object MoveJson(const SlotMove& move) {
  return {{"slot", move.slot},
          {"first_key", absl::StrCat(move.range.first)},
          {"last_key", absl::StrCat(move.range.last)},
          {"to", move.to},
          {"from", json::array(move.from.begin(), move.from.end())}};
}

void PrintJson(const PlacementPlan& planned, std::ostream& out) {
  const Placement& p = planned.placement;
  const std::vector<double> shares = SharesOf(planned);
  json::array nodes, moves;
  for (size_t n = 0; n < p.nodes.size(); ++n) {
    nodes.push_back(json::object{{"name", p.nodes[n].name},
                                 {"slots", SlotsOf(p, p.nodes[n].name).size()},
                                 {"share", shares[n]},
                                 {"fetches", Fetches(planned, p.nodes[n].name)}});
  }
  for (const SlotMove& move : planned.moves) moves.push_back(MoveJson(move));
  json::object report{{"sample", planned.sample},
                      {"nodes", std::move(nodes)},
                      {"placement", json::parse(EncodePlacement(p))}};
  if (planned.has_moves) {
    report["moves"] = std::move(moves);
    report["moved_share"] = planned.moved;
  }
  out << JsonTextOf(report) << '\n';
}

int PlanCommand(const PlacementOptions& options, Terminal& terminal) {
  const absl::StatusOr<PlacementPlan> planned = MakePlan(options, terminal);
  if (!planned.ok()) return Fail(terminal, planned.status());
  if (!options.out.empty()) {
    std::ofstream file(options.out, std::ios::binary);
    if (!(file << EncodePlacement(planned->placement) << '\n').flush()) {
      return Fail(terminal, absl::UnavailableError(absl::StrCat("cannot write ", options.out)));
    }
  }
  if (options.json) {
    PrintJson(*planned, terminal.out);
  } else {
    PrintText(*planned, terminal.out);
  }
  return kDone;
}

}  // namespace

RunCommand AddPlacement(CLI::App& spoor) {
  auto options = std::make_shared<PlacementOptions>();
  CLI::App& placement =
      *spoor.add_subcommand("placement", "Decide which nodes serve which part of the world");
  placement.require_subcommand(1);
  CLI::App& plan = *placement.add_subcommand("plan", "Cut slots by load and give them to nodes");
  const std::string footer = R"(
The slots are cut so that each holds as many trips of the sample; each node gets runs of them by its
weight, and the replicas of a slot are on distinct nodes, in distinct zones where there are enough.
With --from as little moves as can be: a node that is new gets its share, one that is not named any
more, or has weight 0, gives up what it has.  Nothing is changed but the file of --out.

Examples:
  spoor placement plan --nodes a=10.0.0.1:7000 --nodes b=10.0.0.2:7000 --sample trips.ndjson.zst
  spoor placement plan --nodes nodes.txt --sample trips.ndjson --slots 1024 --replicas 2 --out p.json
  spoor placement plan --nodes more.txt --sample trips.ndjson --from p.json --out q.json

nodes.txt has a node a line:
  a=10.0.0.1:7000,zone=rack1,weight=2)";
  placement.footer(footer);
  plan.footer(footer);
  plan.add_option("--nodes", options->nodes,
                  "A node, NAME=HOST:PORT[,zone=ZONE][,weight=N], or a file with one a line")
      ->required()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("NODE|FILE");
  plan.add_option("--sample", options->sample, "Trips like those to come; - is standard input")
      ->required()
      ->type_name("FILE");
  plan.add_option("--slots", options->slots,
                  absl::StrCat("Default: ", kDefaultSlots, ", or as many as --from has"))
      ->check(CLI::Range(1u, kMaxSlots));
  plan.add_option("--replicas", options->replicas,
                  "Nodes that serve each slot.  Default: 1, or as many as --from has")
      ->check(CLI::Range(1u, kMaxReplicas));
  plan.add_option("--from", options->from, "The placement that is in use, as --out wrote it")
      ->type_name("FILE");
  plan.add_option("--out", options->out, "Write the placement here")->type_name("FILE");
  AddJson(plan, options->json);
  const RunCommand show = AddPlacementShow(placement), apply = AddPlacementApply(placement);
  return [options, &placement, show, apply](Terminal& terminal) {
    if (placement.got_subcommand("show")) return show(terminal);
    if (placement.got_subcommand("apply")) return apply(terminal);
    return PlanCommand(*options, terminal);
  };
}

}  // namespace spoor
