#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "router/command/json_text.h"
#include "router/command/progress.h"
#include "router/command/search.h"
#include "router/command/table.h"
#include "router/message/json_writer.h"

namespace spoor {
namespace {

namespace json = boost::json;

constexpr uint64_t kAtOnce = 1000;

struct ListOptions {
  SearchOptions select;  // connection and filter
  uint64_t limit = 100;  // 0: all
  bool ids = false, json = false;
};

absl::StatusOr<std::string> PageBody(const ListOptions& options, uint64_t limit,
                                     const std::string& cursor) {
  JsonWriter w;
  w.BeginObject();
  if (absl::Status s = WriteFilter(options.select, w); !s.ok()) return s;
  w.MemberUint("limit", limit);
  if (!cursor.empty()) w.Member("cursor", cursor);
  w.Key("include");
  w.BeginArray();
  if (!options.ids) w.String("summary");
  w.EndArray();
  w.EndObject();
  return w.Take();
}

std::vector<std::string> HitRow(const json::value& hit) {
  const json::value none;
  const json::value* given = Member(hit, "summary");
  const json::value& summary = given == nullptr ? none : *given;
  return {TextMember(hit, "id"),
          TextMember(hit, "object"),
          ShowCount(CountMember(summary, "fixes")),
          ShowMeters(NumberMember(summary, "length_m")),
          ShowWhen(summary, "start"),
          ShowWhen(summary, "end")};
}

// Asks page by page and shows each hit, until there are no more or enough.
class Lister {
 public:
  Lister(const ListOptions& options, Terminal& terminal) : options_(options), terminal_(terminal) {}

  int Run(Client& client) {
    std::string cursor;
    do {
      const uint64_t wanted =
          options_.limit == 0 ? kAtOnce : std::min(kAtOnce, options_.limit - shown_);
      const auto body = PageBody(options_, wanted, cursor);
      if (!body.ok()) return Fail(terminal_, body.status());
      json::value page;
      int code = kDone;
      const ApiRequest request{
          .method = "POST",
          .target = CollectionTarget(options_.select.connection, "/search/range"),
          .headers = {{"content-type", "application/json"}},
          .body = *body};
      if (!CallJson(client, request, terminal_, &page, &code)) return code;
      for (const json::value& hit : ListMember(page, "hits")) Show(hit);
      cursor = TextMember(page, "next");
    } while (!cursor.empty() && terminal_.out && (options_.limit == 0 || shown_ < options_.limit));
    Finish(!cursor.empty());
    return kDone;
  }

 private:
  void Show(const json::value& hit) {
    ++shown_;
    if (options_.json) {
      terminal_.out << JsonTextOf(hit) << '\n';
    } else if (options_.ids) {
      terminal_.out << TextMember(hit, "id") << '\n';
    } else {
      table_.Add(HitRow(hit));
      if (++rows_ == kAtOnce) PrintRows();  // not all of a large collection before the first
    }
  }

  void PrintRows() {
    table_.Print(terminal_.out);
    table_ = Columns();
    rows_ = 0;
  }

  void Finish(bool more) {
    if (options_.json || options_.ids) return;
    if (rows_ > 0) PrintRows();
    terminal_.err << ShowCount(shown_) << (shown_ == 1 ? " trajectory" : " trajectories")
                  << (more ? ", and there are more: --limit 0 lists all\n" : "\n");
  }

  static TextTable Columns() {
    return TextTable({"id", "object", ">fixes", ">length", "start", "end"});
  }

  const ListOptions& options_;
  Terminal& terminal_;
  TextTable table_ = Columns();
  uint64_t shown_ = 0, rows_ = 0;
};

int List(const ListOptions& options, Terminal& terminal) {
  const absl::StatusOr<std::unique_ptr<Client>> client =
      Open(options.select.connection, Access::kRead);
  if (!client.ok()) return Fail(terminal, client.status());
  return Lister(options, terminal).Run(**client);
}

}  // namespace

RunCommand AddList(CLI::App& spoor) {
  auto options = std::make_shared<ListOptions>();
  CLI::App& list = *spoor.add_subcommand("list", "List trajectories, by id");
  list.footer(R"(
Examples:
  spoor list
  spoor list --bbox=-0.12,51.38,-0.08,51.42 --time 2024-03-05T00:00:00Z,2024-03-06T00:00:00Z
  spoor list --object car-00043 --limit 0 --ids
  spoor list --limit 0 --json | jq .summary.length_m)");
  AddConnection(list, options->select.connection);
  AddFilter(list, options->select);
  list.add_option("--limit", options->limit, "At most so many; 0: all")->capture_default_str();
  list.add_flag("--ids", options->ids, "Ids alone, one a line");
  list.add_flag("--json", options->json, "A line of JSON for each");
  return [options](Terminal& terminal) { return List(*options, terminal); };
}

}  // namespace spoor
