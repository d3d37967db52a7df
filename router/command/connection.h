#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "router/client/client.h"
#include "router/command/commands.h"

namespace spoor {

// Which server or store, and which collection in it: options that most commands share.
struct Connection {
  std::string url = "http://127.0.0.1:8080";
  std::string data;  // a store to open in this process, instead of the url
  std::string collection = "default";
};

void AddServer(CLI::App& command, Connection& connection);      // --url, --data
void AddConnection(CLI::App& command, Connection& connection);  // and --collection
// For options: a name of a collection, an id of a trajectory.  Return why not, or nothing.
std::string CheckCollectionName(const std::string& name);
std::string CheckId(const std::string& id);
// --json.
void AddJson(CLI::App& command, bool& json);

// `access` is to a store that is opened in this process: only Access::kCreate makes one.
absl::StatusOr<std::unique_ptr<Client>> Open(const Connection& connection, Access access);

// "/v1/collections/<collection><rest>".
std::string CollectionTarget(const Connection& connection, absl::string_view rest);

// Calls and parses the answer.  The bool says whether it has a status of 2xx; if not, the failure
// has been said and `code` set.  `text` is the answer as it came.
bool CallJson(Client& client, const ApiRequest& request, Terminal& terminal,
              boost::json::value* answer, int* code, std::string* text = nullptr);

// Gets a list page by page, by its cursors, and shows `take` each page.  As CallJson, of which the
// first that fails ends it.
bool CallPages(Client& client, const std::string& target, Terminal& terminal,
               const std::function<void(const boost::json::value& page)>& take, int* code);

}  // namespace spoor
