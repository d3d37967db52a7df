// One question to four nodes at the same time, over loopback, and all four answers: the transport's
// share of a search's latency.  Ours beside gRPC, in turn within one run; services give back what
// they get, and answers are compared with what was sent.
//
//   scatter --rounds 20 --calls 500 --bytes 200
//   strace -cf scatter --only "ours, pooled service"    what one way costs the system
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/cities.h"
#include "scatter.grpc.pb.h"
#include "shard/rpc/local_channel.h"
#include "shard/rpc/server.h"
#include "shard/rpc/tcp_channel.h"

namespace spoor::bench {
namespace {

constexpr size_t kNodes = 4;

// A way to ask all nodes: false when an answer is not the question.
class Scatterer {
 public:
  virtual ~Scatterer() = default;
  virtual bool Ask(const std::string& body) = 0;
};

bool AllEcho(const std::vector<Answer>& answers, const std::string& body) {
  return std::all_of(answers.begin(), answers.end(),
                     [&](const Answer& a) { return a.ok() && *a == body; });
}

bool AskChannels(const std::vector<std::unique_ptr<Channel>>& channels, const std::string& body) {
  std::vector<Question> questions;
  for (const auto& channel : channels) {
    questions.push_back({channel.get(), {.method = "ask", .body = body}});
  }
  Patience patience;
  patience.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  return AllEcho(AskAll(std::move(questions), patience), body);
}

class Ours : public Scatterer {
 public:
  explicit Ours(bool local, bool quick = false) {
    service_.Add("ask", [](const Call& call, const Patience&) -> Answer { return call.body; });
    if (quick) service_.MarkQuick("ask");
    for (size_t i = 0; i < kNodes; ++i) {
      if (local) {
        channels_.push_back(LocalChannel(service_, io_, {.threads = 1}));
        continue;
      }
      RpcServerOptions options;
      options.threads = 1;
      servers_.push_back(*RpcServer::Listen(service_, options));
      DialOptions dial;
      dial.port = servers_.back()->port();
      channels_.push_back(Dial(io_, dial));
    }
  }
  bool Ask(const std::string& body) override { return AskChannels(channels_, body); }

 private:
  MethodTable service_;
  IoThread io_;
  std::vector<std::unique_ptr<RpcServer>> servers_;
  std::vector<std::unique_ptr<Channel>> channels_;
};

class PooledService : public Empty::Service {
  grpc::Status Ask(grpc::ServerContext*, const Blob* in, Blob* out) override {
    *out = *in;
    return grpc::Status::OK;
  }
};

class CallbackService : public Empty::CallbackService {
  grpc::ServerUnaryReactor* Ask(grpc::CallbackServerContext* context, const Blob* in,
                                Blob* out) override {
    *out = *in;
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

class Grpc : public Scatterer {
 public:
  explicit Grpc(std::unique_ptr<grpc::Service> service) : service_(std::move(service)) {
    for (size_t i = 0; i < kNodes; ++i) {
      int port = 0;
      grpc::ServerBuilder builder;
      builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
      builder.RegisterService(service_.get());
      servers_.push_back(builder.BuildAndStart());
      stubs_.push_back(Empty::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                                          grpc::InsecureChannelCredentials())));
    }
  }
  ~Grpc() override {
    for (const auto& server : servers_) server->Shutdown();
  }

  bool Ask(const std::string& body) override {
    struct Running {
      grpc::ClientContext context;
      Blob answer;
      grpc::Status status;
      std::unique_ptr<grpc::ClientAsyncResponseReader<Blob>> reader;
    };
    std::vector<Running> calls(kNodes);
    Blob question;
    question.set_body(body);
    for (size_t i = 0; i < kNodes; ++i) {
      calls[i].context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
      calls[i].reader = stubs_[i]->AsyncAsk(&calls[i].context, question, &queue_);
      calls[i].reader->Finish(&calls[i].answer, &calls[i].status, &calls[i]);
    }
    bool ok = true;
    for (size_t i = 0; i < kNodes; ++i) {
      void* tag = nullptr;
      bool finished = false;
      ok = queue_.Next(&tag, &finished) && finished && ok;
    }
    return ok && std::all_of(calls.begin(), calls.end(), [&](const Running& call) {
             return call.status.ok() && call.answer.body() == body;
           });
  }

 private:
  const std::unique_ptr<grpc::Service> service_;
  std::vector<std::unique_ptr<grpc::Server>> servers_;
  std::vector<std::unique_ptr<Empty::Stub>> stubs_;
  grpc::CompletionQueue queue_;
};

struct Row {
  const char* name;
  std::unique_ptr<Scatterer> scatterer;
  std::vector<double> us;
};

bool Measure(Row& row, size_t calls, const std::string& body, bool keep) {
  for (size_t i = 0; i < calls; ++i) {
    const double start = Seconds();
    if (!row.scatterer->Ask(body)) return false;
    if (keep) row.us.push_back(1e6 * (Seconds() - start));
  }
  return true;
}

int Run(const Arguments& arguments) {
  const auto rounds = static_cast<size_t>(arguments.Number("rounds", 20));
  const auto calls = static_cast<size_t>(arguments.Number("calls", 500));
  const std::string body(static_cast<size_t>(arguments.Number("bytes", 200)), 'x');
  std::vector<Row> rows;
  rows.push_back({"ours, pooled service", std::make_unique<Ours>(false), {}});
  rows.push_back({"ours, quick method", std::make_unique<Ours>(false, true), {}});
  rows.push_back({"ours, in the process", std::make_unique<Ours>(true), {}});
  rows.push_back(
      {"gRPC, pooled service", std::make_unique<Grpc>(std::make_unique<PooledService>()), {}});
  rows.push_back(
      {"gRPC, callback service", std::make_unique<Grpc>(std::make_unique<CallbackService>()), {}});
  const std::string only = arguments.Text("only", "");
  std::erase_if(rows, [&](const Row& row) { return !only.empty() && only != row.name; });
  for (size_t round = 0; round <= rounds; ++round) {  // the first warms
    for (Row& row : rows) {
      if (Measure(row, calls, body, round > 0)) continue;
      return std::fprintf(stderr, "%s: a wrong answer, not timed\n", row.name), 1;
    }
  }
  std::printf("| scatter to %zu, %zu bytes | p50 us | p99 us |\n|---|---|---|\n", kNodes,
              body.size());
  for (Row& row : rows) {
    std::printf("| %s | %.1f | %.1f |\n", row.name, Percentile(row.us, .5),
                Percentile(row.us, .99));
  }
  if (!only.empty()) return 0;
  const auto ratio = [&](size_t ours, size_t rival) {
    return Percentile(rows[ours].us, .5) / Percentile(rows[rival].us, .5);
  };
  std::printf("\nours / gRPC, p50: pooled %.2f, on the thread that reads %.2f\n", ratio(0, 3),
              ratio(1, 4));
  std::printf("ours / the better gRPC, p50: pooled %.2f, on the thread that reads %.2f\n",
              std::max(ratio(0, 3), ratio(0, 4)), std::max(ratio(1, 3), ratio(1, 4)));
  return 0;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) { return spoor::bench::Run(spoor::bench::Arguments(argc, argv)); }
