#pragma once

#include <boost/json.hpp>
#include <functional>
#include <string>

#include "router/client/client.h"
#include "router/command/commands.h"
#include "router/command/signal_watch.h"

namespace spoor {

// Follows a job of the server to its end, and shows how far it is: a bar for each step.
struct JobFollower {
  Client& client;
  Terminal& terminal;
  const SignalWatch& signals;
  std::string id;
  bool quiet = false;
  bool cancels = false;   // a signal cancels the job; else it goes on without this command
  std::string what = "";  // instead of the step's name
  // Text beside the bar; may be null.
  std::function<std::string(const boost::json::value& job)> beside = nullptr;
  // After every look, also the last one: whether to go on; else the code is set.  May be null.
  std::function<bool(const boost::json::value& job, bool over, int* code)> look = nullptr;

  // Returns once the job is over, with its last state in *job, or a signal has come, which
  // `signals` tells.  False: the failure has been said and `code` set.
  bool Follow(boost::json::value* job, int* code);
};

// Its path, with what follows: "/v1/jobs/<id><rest>".
std::string JobTarget(const std::string& id, absl::string_view rest = "");
bool IsOverNow(const boost::json::value& job);
// What is to be said of a job that is over: kDone, or why it is not, said.
int SayEnd(const boost::json::value& job, Terminal& terminal);

}  // namespace spoor
