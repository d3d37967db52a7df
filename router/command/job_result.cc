#include "router/command/job_result.h"

#include <fstream>
#include <memory>
#include <optional>
#include <ostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/format/reader.h"
#include "router/command/command.h"
#include "router/command/job_follower.h"
#include "router/message/target.h"
#include "router/message/trip_text.h"

namespace spoor {
namespace {

// In which the pages of a result are asked for that become a file.  What has only forms of trips is
// made of their lines here: documents cannot be put together.
Representation PagesOf(const TripText* text) {
  const bool joins = text != nullptr && (text->representation == Representation::kGeoJson ||
                                         text->representation == Representation::kCsv);
  return joins ? text->representation : Representation::kLines;
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

// Lines of trips as what a file's ending names.
class TripsOut {
 public:
  explicit TripsOut(const TripText& text) : document_(text) {
    auto reader = (*FindFormat("ndjson"))->make({});
    reader_ = *std::move(reader);
  }

  // A page of records, or what follows the last one.
  absl::Status Write(absl::string_view page, std::ostream& out) {
    absl::Status status;
    const RecordSink sink = [&](const ParsedRecord& record) {
      status.Update(record.trajectory.status());
      if (status.ok()) status.Update(document_.Add(*record.trajectory));
    };
    status.Update(reader_->Feed(page, sink));
    out << document_.Take();
    return status;
  }
  void End(std::ostream& out) {
    document_.End();
    out << document_.Take();
  }

 private:
  TripDocument document_;
  std::unique_ptr<Reader> reader_;
};

class ResultCopy {
 public:
  ResultCopy(Client& client, Terminal& terminal, std::string target, const std::string& out)
      : client_(client), terminal_(terminal), target_(std::move(target)) {
    const TripText* const text = FindTripText(out);
    pages_ = PagesOf(text);
    if (text != nullptr && text->representation != pages_) trips_.emplace(*text);
  }

  int To(std::ostream& out, const std::string& name) {
    if (pages_ == Representation::kGeoJson) out << R"({"type":"FeatureCollection","features":[)";
    std::string query = "?limit=1000";
    while (!query.empty()) {
      const auto page = client_.Call({.method = "GET",
                                      .target = absl::StrCat(target_, query),
                                      .headers = {{"accept", std::string(MediaTypeOf(pages_))}},
                                      .body = ""});
      if (!page.ok()) return Fail(terminal_, page.status());
      if (page->status != 200) return Fail(terminal_, *page);
      if (absl::Status s = Write(page->body, out); !s.ok()) return Fail(terminal_, s);
      query = NextQuery(*page);
    }
    if (pages_ == Representation::kGeoJson) out << "]}\n";
    if (trips_) trips_->End(out);
    if (out << std::flush) return kDone;
    return Fail(terminal_, absl::UnavailableError(absl::StrCat("cannot write ", name)));
  }

 private:
  absl::Status Write(const std::string& page, std::ostream& out) {
    if (trips_) return trips_->Write(page, out);
    if (pages_ != Representation::kGeoJson) {
      out << page;
      return absl::OkStatus();
    }
    const absl::string_view features = FeaturesOf(page);
    if (features.empty()) return absl::OkStatus();
    if (any_) out << ',';
    any_ = true;
    out << features;
    return absl::OkStatus();
  }

  Client& client_;
  Terminal& terminal_;
  const std::string target_;
  Representation pages_ = Representation::kLines;
  std::optional<TripsOut> trips_;
  bool any_ = false;  // a feature was written
};

}  // namespace

int WriteJobResult(Client& client, Terminal& terminal, const std::string& id,
                   const std::string& part, const std::string& out) {
  const std::string rest = part.empty() ? "/result" : absl::StrCat("/result/", PercentEncode(part));
  ResultCopy copy(client, terminal, JobTarget(id, rest), out);
  if (out == "-") return copy.To(terminal.out, out);
  std::ofstream file(out, std::ios::binary | std::ios::trunc);
  if (!file) return Fail(terminal, absl::NotFoundError(absl::StrCat("cannot write ", out)));
  return copy.To(file, out);
}

}  // namespace spoor
