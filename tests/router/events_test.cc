#include "router/events.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "router/api/api.h"
#include "router/cluster/cluster_changes.h"
#include "router/cluster/member_cluster.h"
#include "router/command/event_lines.h"
#include "router/command/service_notice.h"
#include "router/metrics/metrics.h"
#include "router/metrics/process_figures.h"
#include "tests/engine/temp_dir.h"

namespace spoor::testing {
namespace {

// Keeps "event name=value ..." of what it is told.
class Kept : public Events {
 public:
  void Tell(Level, absl::string_view event, const Fields& fields) override {
    std::string line(event);
    for (const auto& [name, value] : fields) absl::StrAppend(&line, " ", name, "=", value);
    lines.push_back(line);
  }
  std::vector<std::string> lines;
};

ClusterDescription TwoNodes() {
  ClusterDescription out;
  out.nodes = {{.name = "a", .address = "h:1", .up = true},
               {.name = "b", .address = "h:2", .up = true}};
  out.collections = {
      {.name = "c", .nodes = {{.node = "a", .ready = true}, {.node = "b", .lag = 7}}}};
  return out;
}

TEST(ClusterChanges, AreToldOnceEach) {
  Kept kept;
  const ClusterDescription first = TwoNodes();
  TellChanges({}, first, kept);
  EXPECT_EQ(kept.lines,
            (std::vector<std::string>{"node_up node=a address=h:1", "node_up node=b address=h:2",
                                      "collection_appeared collection=c",
                                      "replica_ready collection=c node=a lag=0",
                                      "replica_not_ready collection=c node=b lag=7"}));
  kept.lines.clear();
  TellChanges(first, first, kept);
  EXPECT_EQ(kept.lines, std::vector<std::string>());

  ClusterDescription then = first;
  then.nodes[1].up = false;
  then.nodes[1].problem = "connection refused";
  then.collections[0].nodes[0].ready = false;
  then.mismatches = {"slot 3 differs"};
  then.metadata_problem = "etcd is away";
  TellChanges(first, then, kept);
  EXPECT_EQ(kept.lines,
            (std::vector<std::string>{"node_down node=b address=h:2 why=connection refused",
                                      "replica_not_ready collection=c node=a lag=0",
                                      "replicas_differ what=slot 3 differs",
                                      "metadata_problem why=etcd is away"}));
  kept.lines.clear();
  TellChanges(then, {}, kept);
  EXPECT_EQ(kept.lines, (std::vector<std::string>{"node_down node=a why=it has left",
                                                  "collection_gone collection=c", "replicas_agree",
                                                  "metadata_current"}));
}

TEST(EventLines, AreLogfmtThatNothingBreaks) {
  std::ostringstream out;
  EventLines lines(out);
  lines.Tell(Events::Level::kError, "request_failed",
             {{"status", "500"}, {"why", "a \"b\"\nc=\\"}, {"empty", ""}});
  lines.Tell(Events::Level::kInfo, "replicas_agree", {});
  const std::string text = out.str();
  EXPECT_TRUE(absl::StartsWith(text, "ts=20")) << text;
  EXPECT_TRUE(absl::StrContains(
      text,
      "Z level=error event=request_failed status=500 why=\"a \\\"b\\\"\\x0ac=\\\\\" empty=\"\"\n"))
      << text;
  EXPECT_TRUE(absl::EndsWith(text, "level=info event=replicas_agree\n")) << text;
}

TEST(ServiceNotice, ReachesTheServiceManager) {
  const TempDir dir;
  const std::string path = dir.path() + "/notify";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  TellServiceManager("READY=1");
  unsetenv("NOTIFY_SOCKET");
  char told[64] = {};
  EXPECT_EQ(recv(fd, told, sizeof told, MSG_DONTWAIT), 7);
  EXPECT_STREQ(told, "READY=1");
  close(fd);
  TellServiceManager("READY=1");  // nobody listens
}

TEST(MetricsText, IsRightInBothFormats) {
  for (const auto format : {MetricsText::Format::kOpenMetrics, MetricsText::Format::kPrometheus}) {
    const bool old = format == MetricsText::Format::kPrometheus;
    MetricsText text(format);
    text.Begin("spoor_x", MetricsText::Kind::kCounter, "X.");
    text.Add(uint64_t{1} << 60, {{"why", "a\"b\\\n"}});
    text.Gauge("spoor_y", "Y.", 0.25);
    const std::string suffix = old ? "_total" : "";
    EXPECT_EQ(text.Take(),
              absl::StrCat("# HELP spoor_x", suffix, " X.\n# TYPE spoor_x", suffix,
                           " counter\nspoor_x_total{why=\"a\\\"b\\\\\\n\"} 1152921504606846976\n"
                           "# HELP spoor_y Y.\n# TYPE spoor_y gauge\nspoor_y 0.25\n",
                           old ? "" : "# EOF\n"));
  }
}

TEST(MetricsText, TellsOfTheClusterAndTheProcess) {
  MetricsText text(MetricsText::Format::kPrometheus);
  ClusterDescription cluster = TwoNodes();
  cluster.nodes[0].up = false;
  cluster.mismatches = {"slot 3 differs"};
  WriteClusterFigures(cluster, text);
  WriteProcessFigures(text);
  const std::string written = text.Take();
  for (const absl::string_view line :
       {"spoor_node_up{node=\"a\"} 0\n", "spoor_node_up{node=\"b\"} 1\n",
        "spoor_replica_lag_records{collection=\"c\",node=\"b\"} 7\n",
        "spoor_replica_ready{collection=\"c\",node=\"a\"} 1\n", "spoor_mismatches 1\n",
        "spoor_build_info{version=\"", "process_max_fds "}) {
    EXPECT_TRUE(absl::StrContains(written, line)) << line << written;
  }
  EXPECT_FALSE(absl::StrContains(written, "process_resident_memory_bytes 0\n"));
  for (const char* kind : {"anonymous", "mapped"}) {
    EXPECT_TRUE(absl::StrContains(written, absl::StrCat("\nprocess_resident_", kind, "_bytes ")));
    EXPECT_FALSE(absl::StrContains(written, absl::StrCat("_", kind, "_bytes 0\n")));
  }
  EXPECT_FALSE(absl::StrContains(written, "process_open_fds 0\n"));
}

// A node that serves one collection, as ready as the test says.
class OneServed : public Served, public NodeCatalog {
 public:
  Engine& engine() const override { std::abort(); }
  absl::Status Admit(const ReadDemand&, uint64_t, const HomeSet&, const Patience&) const override {
    return absl::OkStatus();
  }
  absl::Status AwaitPosition(const LogPosition&, const Patience&) const override {
    return absl::OkStatus();
  }
  uint32_t staleness_ms() const override { return 5; }
  bool ready() const override { return is_ready; }
  uint64_t lag() const override { return 3; }

  absl::StatusOr<std::shared_ptr<Served>> FindServed(absl::string_view) const override {
    return absl::NotFoundError("");
  }
  std::vector<ServedName> AllServed() const override {
    const std::shared_ptr<Served> unowned(std::shared_ptr<void>(), const_cast<OneServed*>(this));
    return {{"c", unowned, is_ready ? "" : "it reads the log"}};
  }

  bool is_ready = false;
};

TEST(MemberCluster, TellsHowTheNodeDoesAndNothingElse) {
  OneServed node;
  const auto cluster = MemberCluster("a", "h:1", node);
  Api api(*cluster, ApiLimits(), nullptr, Api::Scope::kProbes);
  const auto get = [&](const std::string& target) {
    const ApiRequest request{.method = "GET", .target = target, .headers = {}, .body = ""};
    return api.Handle(request, api.PatienceFor(request));
  };
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_TRUE(absl::StrContains(get("/readyz").body, "it reads the log"));
  node.is_ready = true;
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_EQ(get("/v1/collections").status, 404);
  EXPECT_EQ(get("/v1/cluster").status, 404);
  const auto described = cluster->Describe({});
  ASSERT_TRUE(described.ok());
  EXPECT_EQ(described->collections[0].nodes[0].lag, 3u);
}

}  // namespace
}  // namespace spoor::testing
