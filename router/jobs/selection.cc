#include "router/jobs/selection.h"

#include <algorithm>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "router/jobs/job_store.h"
#include "router/jobs/kind.h"
#include "router/message/json_writer.h"
#include "router/message/problem.h"
#include "router/message/request_filter.h"

namespace spoor {
namespace {

constexpr absl::string_view kSelectAllowed =
    "one of {\"all\": true}, {\"filter\": …}, {\"ids\": […]}, {\"similar\": …}, "
    "{\"job\": …, \"part\": …}";

// {"label": [3, 7], "outlier": false}
void ReadWhere(const JsonValue& value, Selection& selection, Problems& problems) {
  const auto object = value.AsObject();
  if (!object) return problems.Add(value.Pointer(), value.Text(), "an object of members");
  for (const auto& field : *object) {
    const JsonValue member(field.value, &value, {field.key.data(), field.key.size()});
    auto& [name, values] = selection.where.emplace_back();
    name = std::string(field.key);
    if (const auto list = member.AsArray()) {
      for (const auto& one : *list) values.push_back(simdjson::minify(one));
    } else {
      values.push_back(simdjson::minify(field.value));
    }
  }
}

// More than any other list of texts may have.
std::vector<std::string> ReadManyIds(const JsonValue& value, Problems& problems) {
  const auto list = value.AsArray();
  const size_t count = list ? list->size() : 0;
  if (count > 0 && count <= Selection::kMaxIds) {
    return TextsOf(value, *list, IsValidName, kIdAllowed, problems);
  }
  problems.Add(value.Pointer(), list ? absl::StrCat(count) : value.Text(),
               absl::StrCat("1 … ", Selection::kMaxIds, " ids"));
  return {};
}

bool ReadSimilarSelection(const JsonValue& value, const ApiLimits& limits, Selection& selection,
                          ApiResponse* refusal) {
  selection.similar = std::make_shared<SimilarRequest>();
  return ReadSimilar(value, limits, *selection.similar, refusal);
}

}  // namespace

bool ReadSelection(const JsonValue& value, const ApiLimits& limits, Selection& selection,
                   Problems& problems, ApiResponse* refusal) {
  ObjectReader object(value, problems);
  const auto filter = object.Find("filter"), ids = object.Find("ids"),
             similar = object.Find("similar"), where = object.Find("where");
  const auto all = object.Bool("all");
  const auto job = object.Text("job"), part = object.Text("part");
  object.Finish();
  if (!problems.ok()) return true;
  const int given = int{filter.has_value()} + int{all.has_value()} + int{ids.has_value()} +
                    int{similar.has_value()} + int{job.has_value()};
  if (given != 1 || (all && !*all) || job.has_value() != part.has_value() || (where && !job)) {
    problems.Add(value.Pointer(), value.Text(), std::string(kSelectAllowed));
    return true;
  }
  if (filter) selection.filter = ReadFilter(*filter, problems);
  if (ids) selection.ids = ReadManyIds(*ids, problems);
  if (job) {
    selection.job = JobId(std::string(*job));
    selection.part = std::string(*part);
    if (job->empty()) problems.Add(value.Pointer() + "/job", "\"\"", "the id of a job");
    if (where) ReadWhere(*where, selection, problems);
  }
  return !similar || ReadSimilarSelection(*similar, limits, selection, refusal);
}

std::string SelectOfMany(const std::vector<std::string>& ids) {
  constexpr size_t kShown = 100;
  JsonWriter w;
  w.BeginObject();
  w.Key("ids");
  w.BeginArray();
  for (size_t i = 0; i < std::min(ids.size(), kShown); ++i) w.String(ids[i]);
  w.EndArray();
  w.MemberUint("of", ids.size());
  w.EndObject();
  return w.Take();
}

namespace {

// Of what SelectOfMany has written; 0: of anything else.
uint64_t IdsApartOf(const JsonValue& value) {
  const auto object = value.AsObject();
  if (!object) return 0;
  for (const auto& field : *object) {
    uint64_t count = 0;
    if (field.key == "of" && field.value.get(count) == simdjson::SUCCESS) return count;
  }
  return 0;
}

}  // namespace

absl::StatusOr<Selection> SelectionOf(const std::string& text) {
  JsonDocument document;
  if (absl::Status s = document.Parse(text); !s.ok()) return s;
  Selection selection;
  selection.ids_apart = IdsApartOf(document.root());
  if (selection.ids_apart > 0) return selection;
  Problems problems;
  ApiResponse refusal;
  const bool read = ReadSelection(document.root(), ApiLimits(), selection, problems, &refusal);
  if (read && problems.ok()) return selection;
  return absl::InvalidArgumentError("the selection of the job is not valid in this version");
}

namespace {

bool IsAmong(simdjson::dom::element value, const std::vector<std::string>& values) {
  const std::string text = simdjson::minify(value);
  return std::find(values.begin(), values.end(), text) != values.end();
}

// The id of a row; absent when it does not meet `where`.
std::optional<std::string> IdOfRow(simdjson::dom::element row, const Selection& selection) {
  for (const auto& [name, values] : selection.where) {
    simdjson::dom::element value;
    if (row[name].get(value) != simdjson::SUCCESS || !IsAmong(value, values)) return std::nullopt;
  }
  std::string_view id;
  if (row["id"].get(id) != simdjson::SUCCESS) return std::nullopt;
  return std::string(id);
}

absl::Status CheckPart(const JobRecord& record, const std::string& name) {
  const Kind* kind = FindKind(record.type);
  const ResultPart* part = kind == nullptr ? nullptr : FindPart(*kind, name);
  if (part == nullptr || !part->has_ids) {
    return absl::FailedPreconditionError(absl::StrCat("job '", record.id.value(), "' has no part '",
                                                      name, "' whose rows have an id"));
  }
  if (record.state == JobState::kDone) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("job '", record.id.value(), "' is not done"));
}

// Calls visit(row) for each row of the part.
template <typename Visit>
absl::Status ForEachRow(JobStore& store, const JobRecord& record, absl::string_view part,
                        Visit visit) {
  simdjson::dom::parser parser;
  return ForEachLine(store, record, part, [&](absl::string_view line) -> absl::Status {
    simdjson::dom::element row;
    if (parser.parse(line.data(), line.size()).get(row) != simdjson::SUCCESS) {
      return absl::DataLossError("a row of the result is no JSON");
    }
    visit(row);
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<std::vector<std::string>> IdsInPart(JobStore& store, const JobRecord& record,
                                                   absl::string_view part) {
  std::vector<std::string> ids;
  absl::Status read =
      ForEachRow(store, record, part, [&ids, all = Selection()](simdjson::dom::element row) {
        if (auto id = IdOfRow(row, all)) ids.push_back(*std::move(id));
      });
  if (!read.ok()) return read;
  return ids;
}

absl::StatusOr<std::vector<std::string>> IdsOfPart(JobStore& store, const Selection& selection,
                                                   size_t most, uint64_t* count) {
  const auto record = store.Find(selection.job);
  if (!record.ok()) return record.status();
  if (absl::Status s = CheckPart(*record, selection.part); !s.ok()) return s;
  absl::flat_hash_set<std::string> ids;
  *count = 0;
  absl::Status read = ForEachRow(store, *record, selection.part, [&](simdjson::dom::element row) {
    auto id = IdOfRow(row, selection);
    if (!id || ids.count(*id) > 0) return;
    ++*count;
    if (ids.size() < most) ids.insert(*std::move(id));
  });
  if (!read.ok()) return read;
  std::vector<std::string> out(ids.begin(), ids.end());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace spoor
