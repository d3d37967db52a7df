#include "bench/timed_search.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace spoor::bench {
namespace {

Query QueryOf(const Question& question, std::shared_ptr<const Measure> measure) {
  Query query{.k = question.k, .max_distance_m = question.within_m};
  query.rerank = Rerank{.measure = std::move(measure), .name = question.measure};
  if (question.candidates > 0) {
    query.rerank->candidates = question.candidates;
    query.min_score = 1e-9;  // or the engine may take all
  }
  query.exact = question.candidates == 0;
  return query;
}

std::string TextOf(const Question& q) {
  return absl::StrCat(
      q.within_m ? absl::StrCat("within ", *q.within_m, " m") : absl::StrCat("top ", q.k),
      q.candidates > 0 ? absl::StrCat(" of ", q.candidates) : "");
}

std::string TimesOf(std::vector<double> ms, const char* bold) {
  return absl::StrFormat(" %s%.3f%s | %.3f |", bold, Percentile(ms, .5), bold, Percentile(ms, .99));
}

std::string CostsOf(const Pass& pass) {
  uint64_t hits = 0;
  for (const NearList& answer : pass.answers) hits += answer.size();
  const auto mean = [n = static_cast<double>(pass.ms.size())](uint64_t sum) {
    return static_cast<double>(sum) / n;
  };
  const SearchCost& c = pass.cost;
  return absl::StrFormat(" %.1f | %.0f | %.1f | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f |",
                         mean(hits), mean(c.bounded), mean(c.refined), mean(c.cells) / 1e3,
                         mean(c.fingerprint_us), mean(c.propose_us), mean(c.bound_us),
                         mean(c.read_us), mean(c.measure_us));
}

}  // namespace

void Report::Add(const Collection& collection, const Question& question, const Pass* first,
                 const Pass& last, std::vector<double> scan_ms) {
  if (costs_.empty()) {
    std::printf(
        "| workload | trips | fixes | measure | wanted | first pass p50 ms | p99 ms | p50 ms | "
        "p99 ms | processor ms | scan, processor ms | times faster |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  }
  const std::string what =
      absl::StrFormat("| %s | %u | %.0f | %s |", question.workload, collection.trips().size(),
                      collection.mean_fixes(), question.measure);
  std::vector<double> own_ms = last.processor_ms;
  const double p50_ms = Percentile(own_ms, .5), scan_p50_ms = Percentile(scan_ms, .5);
  std::printf("%s %s |%s%s %.3f |%s\n", what.c_str(), TextOf(question).c_str(),
              first == nullptr ? " – | – |" : TimesOf(first->ms, "").c_str(),
              TimesOf(last.ms, "**").c_str(), p50_ms,
              scan_ms.empty()
                  ? " – | – |"
                  : absl::StrFormat(" %.3f | %.1f |", scan_p50_ms, scan_p50_ms / p50_ms).c_str());
  std::fflush(stdout);
  costs_.push_back(what + CostsOf(last) + absl::StrFormat(" %08x |", collection.checksum()));
}

void Report::PrintCosts() const {
  if (costs_.empty()) return;
  std::printf(
      "\n| workload | trips | fixes | measure | hits | bounded | measured | k cells | fingerprint "
      "µs | propose µs | bound µs | read µs | measure µs | data crc32c |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (const std::string& row : costs_) std::printf("%s\n", row.c_str());
}

TimedSearch::TimedSearch(Collection& collection, const Question& question,
                         std::shared_ptr<const Measure> measure, const CheckOptions& options)
    : collection_(collection),
      question_(question),
      options_(options),
      measure_(std::move(measure)),
      wanted_{.measure = measure_.get(),
              .k = question.k,
              .within_m = question.within_m.value_or(std::numeric_limits<double>::infinity())},
      queries_(collection.Queries(options.queries)),
      like_(QueryOf(question, measure_)) {
  for (const Trajectory& t : collection.trips()) {
    numbers_.emplace(t.id.value(), static_cast<uint32_t>(numbers_.size()));
  }
}

bool TimedSearch::Run(const NearestScan& scan, Report& report) {
  const auto refuse = [this](const absl::Status& s) { return Refuse(std::string(s.message())); };
  std::fprintf(stderr, "%s, %s: %zu queries of %zu trips\n", question_.workload.c_str(),
               question_.measure.c_str(), queries_.size(), collection_.trips().size());
  std::vector<double> scan_ms;
  const auto expected = Scan(scan, &scan_ms);
  if (!expected.ok()) return refuse(expected.status());
  if (absl::Status s = CheckByDefinition(); !s.ok()) return refuse(s);
  if (absl::Status s = collection_.Reopen(); !s.ok()) return refuse(s);
  const auto first = collection_.Ask(like_, queries_);
  if (!first.ok()) return refuse(first.status());
  const auto warm = collection_.Ask(like_, queries_);
  if (!warm.ok()) return refuse(warm.status());
  for (const Pass* pass : {&*first, &*warm}) {
    if (absl::Status s = Check(*pass, *expected); !s.ok()) return refuse(s);
  }
  report.Add(collection_, question_, &*first, *warm, std::move(scan_ms));
  return true;
}

bool TimedSearch::RunAfterInserting(const std::vector<Trajectory>& more, Report& report) {
  const auto refuse = [this](const absl::Status& s) { return Refuse(std::string(s.message())); };
  if (absl::Status s = collection_.Insert(more); !s.ok()) return refuse(s);
  const auto pass = collection_.Ask(like_, queries_);
  if (!pass.ok()) return refuse(pass.status());
  if (absl::Status s = CheckByDefinition(); !s.ok()) return refuse(s);
  const auto expected = Scan(NearestScan(collection_.trips()), nullptr);
  if (!expected.ok()) return refuse(expected.status());
  if (absl::Status s = Check(*pass, *expected); !s.ok()) return refuse(s);
  std::set<std::string> fresh;
  for (const Trajectory& t : more) fresh.insert(t.id.value());
  size_t found = 0;
  for (const NearList& answer : pass->answers) {
    for (const Near& n : answer) found += fresh.count(n.id);
  }
  if (found == 0) return Refuse("none of the inserted trips is in an answer: ask more queries");
  Question after = question_;
  absl::StrAppend(&after.workload, " + ", more.size(), " (", found, " found)");
  report.Add(collection_, after, nullptr, *pass, {});
  return true;
}

bool TimedSearch::Refuse(const std::string& why) const {
  std::fprintf(stderr, "%s, %s: %s\n", question_.workload.c_str(), question_.measure.c_str(),
               why.c_str());
  return false;
}

absl::StatusOr<std::vector<uint32_t>> TimedSearch::Among(size_t query) const {
  std::vector<uint32_t> out;
  if (question_.candidates == 0) {
    out.resize(collection_.trips().size());
    std::iota(out.begin(), out.end(), 0);
    return out;
  }
  const auto proposed = collection_.Ask({.k = question_.candidates}, query);
  if (!proposed.ok()) return proposed.status();
  for (const Hit& hit : proposed->hits) out.push_back(numbers_.at(hit.id.value()));
  return out;
}

absl::StatusOr<std::vector<NearList>> TimedSearch::Scan(const NearestScan& scan,
                                                        std::vector<double>* ms) const {
  std::vector<NearList> out;
  for (const size_t q : queries_) {
    const auto among = Among(q);
    if (!among.ok()) return among.status();
    const double start = ProcessorSeconds();
    out.push_back(scan.Find(q, *among, wanted_));
    if (ms != nullptr) ms->push_back(1e3 * (ProcessorSeconds() - start));
  }
  return out;
}

absl::Status TimedSearch::CheckByDefinition() const {
  const size_t checked = std::min(options_.by_definition, queries_.size());
  for (size_t i = 0; i < checked; ++i) {
    const size_t q = queries_[i * queries_.size() / checked];
    const auto among = Among(q);
    if (!among.ok()) return among.status();
    const auto answer = collection_.Ask(like_, q);
    if (!answer.ok()) return answer.status();
    const NearList expected = NearestByDefinition(collection_.trips(), q, *among, wanted_);
    if (NearListOf(*answer) != expected) return Differ(q, NearListOf(*answer), expected);
    if (i >= options_.by_twin) continue;
    const NearList naive =
        NearestByTwin(collection_.trips(), q, *among, wanted_, question_.measure);
    if (!Agree(expected, naive, wanted_, kRounding)) return Differ(q, expected, naive);
  }
  return absl::OkStatus();
}

absl::Status TimedSearch::Check(const Pass& pass, const std::vector<NearList>& expected) const {
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!Agree(pass.answers[i], expected[i], wanted_, kPlanesDiffer)) {
      return Differ(queries_[i], pass.answers[i], expected[i]);
    }
  }
  return absl::OkStatus();
}

absl::Status TimedSearch::Differ(size_t query, const NearList& answer,
                                 const NearList& expected) const {
  return absl::InternalError(
      absl::StrCat("wrong answer to '", collection_.trips()[query].id.value(), "': ", answer.size(),
                   " hits, expected ", expected.size(), "; not timed"));
}

}  // namespace spoor::bench
