#include "router/command/job_result.h"

#include <fstream>
#include <ostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "router/command/command.h"
#include "router/command/job_follower.h"
#include "router/message/target.h"

namespace spoor {
namespace {

constexpr absl::string_view kGeoJson = "application/geo+json";

absl::string_view TypeOfFile(const std::string& out) {
  if (absl::EndsWith(out, ".geojson")) return kGeoJson;
  return absl::EndsWith(out, ".csv") ? "text/csv" : "application/x-ndjson";
}

// The query of a result's next page, from its Link header; empty when there is none.
std::string NextQuery(const ApiResponse& page) {
  for (const auto& [name, value] : page.headers) {
    const size_t end = value.find('>');
    if (absl::EqualsIgnoreCase(name, "link") && !value.empty() && end != std::string::npos) {
      return value.substr(1, end - 1);
    }
  }
  return "";
}

// What stands in the list of a page of Features.
absl::string_view FeaturesOf(absl::string_view page) {
  const size_t begin = page.find('[');
  const size_t end = page.rfind(R"(],"complete":)");
  if (begin == absl::string_view::npos || end == absl::string_view::npos || end <= begin) return "";
  return page.substr(begin + 1, end - begin - 1);
}

class ResultCopy {
 public:
  ResultCopy(Client& client, Terminal& terminal, std::string target, absl::string_view type)
      : client_(client), terminal_(terminal), target_(std::move(target)), type_(type) {}

  int To(std::ostream& out, const std::string& name) {
    if (type_ == kGeoJson) out << R"({"type":"FeatureCollection","features":[)";
    std::string query = "?limit=1000";
    while (!query.empty()) {
      const auto page = client_.Call({.method = "GET",
                                      .target = absl::StrCat(target_, query),
                                      .headers = {{"accept", std::string(type_)}},
                                      .body = ""});
      if (!page.ok()) return Fail(terminal_, page.status());
      if (page->status != 200) return Fail(terminal_, *page);
      Write(page->body, out);
      query = NextQuery(*page);
    }
    if (type_ == kGeoJson) out << "]}\n";
    if (out << std::flush) return kDone;
    return Fail(terminal_, absl::UnavailableError(absl::StrCat("cannot write ", name)));
  }

 private:
  void Write(const std::string& page, std::ostream& out) {
    if (type_ != kGeoJson) {
      out << page;
      return;
    }
    const absl::string_view features = FeaturesOf(page);
    if (features.empty()) return;
    if (any_) out << ',';
    any_ = true;
    out << features;
  }

  Client& client_;
  Terminal& terminal_;
  const std::string target_;
  const absl::string_view type_;
  bool any_ = false;  // a feature was written
};

}  // namespace

int WriteJobResult(Client& client, Terminal& terminal, const std::string& id,
                   const std::string& part, const std::string& out) {
  const std::string rest = part.empty() ? "/result" : absl::StrCat("/result/", PercentEncode(part));
  ResultCopy copy(client, terminal, JobTarget(id, rest), TypeOfFile(out));
  if (out == "-") return copy.To(terminal.out, out);
  std::ofstream file(out, std::ios::binary | std::ios::trunc);
  if (!file) return Fail(terminal, absl::NotFoundError(absl::StrCat("cannot write ", out)));
  return copy.To(file, out);
}

}  // namespace spoor
