#include "router/command/connection.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "router/command/json_text.h"
#include "router/message/target.h"
#include "shard/meta/cluster_state.h"

namespace spoor {

void AddServer(CLI::App& command, Connection& connection) {
  // Not as an option's environment: that would count as given, and exclude --data.
  if (const char* const url = std::getenv("SPOOR_URL"); url != nullptr && *url != '\0') {
    connection.url = url;
  }
  CLI::Option* url =
      command.add_option("--url", connection.url, "A running server; also SPOOR_URL")
          ->type_name("URL")
          ->capture_default_str();
  command.add_option("--data", connection.data, "Open this store directly, without a server")
      ->type_name("DIR")
      ->excludes(url);
}

std::string CheckCollectionName(const std::string& name) {
  if (IsCollectionName(name)) return "";
  return absl::StrCat("'", name, "' is no name; allowed: 1 to 64 of a-z, 0-9, _ and -");
}

std::string CheckId(const std::string& id) {
  return id.empty() ? "an id is empty; allowed: 1 to 256 bytes" : "";
}

void AddConnection(CLI::App& command, Connection& connection) {
  AddServer(command, connection);
  command.add_option("--collection", connection.collection, "Name of the collection")
      ->check(CheckCollectionName)
      ->type_name("NAME")
      ->capture_default_str();
}

void AddJson(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "Print one JSON document on standard output");
}

absl::StatusOr<std::unique_ptr<Client>> Open(const Connection& connection, Access access) {
  if (connection.data.empty()) return ConnectHttp(connection.url);
  return OpenLocal(connection.data, access);
}

std::string CollectionTarget(const Connection& connection, absl::string_view rest) {
  return absl::StrCat("/v1/collections/", PercentEncode(connection.collection), rest);
}

bool CallJson(Client& client, const ApiRequest& request, Terminal& terminal,
              boost::json::value* answer, int* code, std::string* text) {
  absl::StatusOr<ApiResponse> response = client.Call(request);
  if (!response.ok()) {
    *code = Fail(terminal, response.status());
    return false;
  }
  if (response->status < 200 || response->status > 299) {
    *code = Fail(terminal, *response);
    return false;
  }
  boost::json::error_code broken;
  *answer = boost::json::parse(response->body, broken);
  if (!broken) {
    if (text != nullptr) *text = std::move(response->body);
    return true;
  }
  *code = Fail(terminal, absl::InternalError("the server's answer is not JSON"));
  return false;
}

bool CallPages(Client& client, const std::string& target, Terminal& terminal,
               const std::function<void(const boost::json::value& page)>& take, int* code) {
  std::string cursor;
  do {
    const std::string here =
        cursor.empty() ? target : absl::StrCat(target, "?cursor=", PercentEncode(cursor));
    boost::json::value page;
    if (!CallJson(client, {.method = "GET", .target = here, .headers = {}, .body = ""}, terminal,
                  &page, code)) {
      return false;
    }
    take(page);
    cursor = TextMember(page, "next");
  } while (!cursor.empty());
  return true;
}

}  // namespace spoor
