#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/format/record.h"
#include "engine/store/crc32c.h"
#include "router/command/ingest.h"
#include "router/command/ingest_live.h"
#include "router/command/json_text.h"
#include "router/ingest/archive.h"
#include "router/ingest/feed_reader.h"
#include "router/message/target.h"

namespace spoor {
namespace {

namespace json = boost::json;

constexpr size_t kSliceBytes = size_t{256} << 10;
constexpr double kFirstWaitS = 0.2, kLongestWaitS = 10;

double RetryAfterS(const ApiResponse& answer) {
  double seconds = 0;
  for (const auto& [name, value] : answer.headers) {
    if (absl::EqualsIgnoreCase(name, "retry-after") && !absl::SimpleAtod(value, &seconds))
      seconds = 0;
  }
  return seconds;
}

}  // namespace

Ingest::Ingest(const IngestOptions& options, Terminal& terminal, const SignalWatch& signals)
    : options_(options),
      terminal_(terminal),
      signals_(signals),
      begin_(std::chrono::steady_clock::now()) {}

absl::Status Ingest::Run() {
  absl::StatusOr<std::vector<InputPath>> inputs = FindInputs(options_.files);
  if (!inputs.ok()) return inputs.status();
  inputs_ = *std::move(inputs);
  if (options_.dry_run) return ReadOnly();
  if (!options_.resume_file.empty()) {
    const Connection& to = options_.connection;
    absl::StatusOr<ResumeFile> resume = ResumeFile::Open(
        options_.resume_file, absl::StrCat(to.data.empty() ? to.url : to.data, " ", to.collection));
    if (!resume.ok()) return resume.status();
    resume_ = std::make_unique<ResumeFile>(*std::move(resume));
  }
  if (absl::Status s = Connect(); !s.ok()) return s;
  if (!options_.rejects_file.empty()) {  // only now: what nobody takes replaces nothing
    if (absl::Status s = rejects_.Open(options_.rejects_file, resume_ != nullptr); !s.ok())
      return s;
  }
  absl::Status sent = options_.feed.topic.empty() ? absl::OkStatus() : SendFeed();
  if (options_.cut_trips && !options_.lateness_ms) {
    sent = SendTrips();
  } else {
    for (const InputPath& input : inputs_) {
      sent = SendInput(input);
      if (!sent.ok()) break;
    }
  }
  if (sent.ok() && options_.seal) sent = SealOpenTrips();
  progress_.reset();
  totals_.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  const absl::Status flushed = rejects_.Flush();
  return sent.ok() ? flushed : sent;
}

// Waits for a server that is not there yet where --retry-for says so.
absl::Status Ingest::Connect() {
  double waited_s = 0;
  for (int attempt = 0;; ++attempt) {
    absl::StatusOr<std::unique_ptr<Client>> client = Open(options_.connection, Access::kCreate);
    if (client.ok()) {
      client_ = *std::move(client);
      return absl::OkStatus();
    }
    if (!options_.wait_for_server || !absl::IsUnavailable(client.status())) return client.status();
    if (absl::Status s = WaitToRetry(client.status(), attempt, 0, &waited_s); !s.ok()) return s;
    if (client_ != nullptr) return absl::OkStatus();
  }
}

absl::Status Ingest::SendInput(const InputPath& input) {
  file_ = input.path;
  return ForEachFile(input, terminal_.in, [this](const InputPath& file, Archive* archive) {
    return signals_.signalled() ? absl::CancelledError("interrupted") : SendFile(file, archive);
  });
}

// Of what was found, a bad one stops no other.
absl::Status Ingest::SendFile(const InputPath& input, Archive* archive) {
  const std::string& path = input.path;
  file_ = path;
  source_ = options_.part.read.source.empty() ? input.source : options_.part.read.source;
  if (!IsValidName(source_)) source_.clear();  // the trips are called by what they say themselves
  const Acknowledged done = resume_ != nullptr ? resume_->Find(path) : Acknowledged();
  absl::Status sent = SendFrom(input, archive, done);
  if (absl::IsFailedPrecondition(sent) && done.bytes > 0 && archive == nullptr) {
    // A record with a known id replaces it, so that loading it all again is harmless.
    const absl::string_view why = sent.message();
    terminal_.err << "spoor: " << why << "; it is loaded from its beginning\n";
    sent = SendFrom(input, archive, Acknowledged());
  }
  return absl::IsInvalidArgument(sent) && input.found ? PassOver(input, sent) : sent;
}

// OK when the file alone is what is wrong.
absl::Status Ingest::PassOver(const InputPath& input, const absl::Status& why) {
  if (refusal_ && refusal_->status != 400) return why;  // options, which others would fail by too
  std::string reason(why.message());
  if (refusal_) {
    json::error_code broken;
    reason = TextMember(json::parse(refusal_->body, broken), "detail");
    rejects_.Add(
        input.path, 0, "",
        json::object{{"field", "file"}, {"value", reason}, {"allowed", "a file of its format"}});
    refusal_.reset();
  } else {
    if (progress_ != nullptr) progress_->Clear();
    if (!options_.quiet)
      terminal_.err << "spoor: passed over: " << input.path << ": " << reason << '\n';
    ++totals_.passed_over;
  }
  return rejects_.Flush();
}

absl::Status Ingest::SendFrom(const InputPath& input, Archive* archive, const Acknowledged& done) {
  const std::string& path = input.path;
  absl::StatusOr<std::unique_ptr<InputFile>> bytes = OpenInput(input, archive, terminal_.in);
  if (!bytes.ok()) return bytes.status();
  const auto reader = PartReader::Open(*std::move(bytes), options_.part, done);
  if (!reader.ok()) return reader.status();
  totals_.skipped_bytes += done.bytes;
  progress_ = std::make_unique<Progress>(terminal_, path, (*reader)->input().stored_bytes(),
                                         options_.quiet);
  if (absl::Status s = SendParts(**reader); !s.ok()) return s;
  if (resume_ == nullptr) return absl::OkStatus();
  Acknowledged all = (*reader)->given();
  all.complete = true;
  return resume_->Note(path, all);
}

absl::Status Ingest::SendFeed() {
  file_ = options_.feed.topic;
  KafkaFeedOptions options = options_.feed;
  // What one collection has is not what another one has.
  absl::StrAppend(&options.group, ".", options_.connection.collection);
  absl::StatusOr<std::unique_ptr<KafkaFeed>> feed = KafkaFeed::Open(options);
  if (!feed.ok()) return feed.status();
  FeedReader reader(*std::move(feed), options_.feed.topic,
                    {.part_bytes = options_.part.part_bytes, .until_end = options_.until_end},
                    [this] { return signals_.signalled(); });
  progress_ = std::make_unique<Progress>(terminal_, file_, 0, options_.quiet);
  return SendParts(reader);
}

absl::Status Ingest::SealOpenTrips() {
  ApiRequest request = Head("ndjson");
  absl::StrAppend(&request.target, "&seal=all");
  double waited_s = 0;
  for (int attempt = 0;; ++attempt) {
    const absl::StatusOr<ApiResponse> answer = client_->Call(request);
    const bool busy = answer.ok() && (answer->status == 429 || answer->status == 503);
    if (answer.ok() && !busy) {
      if (answer->status == 200) {
        json::error_code broken;
        NoteFigures(json::parse(answer->body, broken));
        return absl::OkStatus();
      }
      refusal_ = *answer;
      return absl::InvalidArgumentError("the server has not sealed the open trips");
    }
    if (!answer.ok() && !absl::IsUnavailable(answer.status())) return answer.status();
    const absl::Status why = busy ? absl::UnavailableError("the server is busy") : answer.status();
    const double wanted_s = busy ? RetryAfterS(*answer) : 0;
    if (absl::Status s = WaitToRetry(why, attempt, wanted_s, &waited_s); !s.ok()) return s;
  }
}

void Ingest::Refuse(const LinePlace& place, const ParsedRecord& record) {
  rejects_.Add(place.file, place.line, record.id,
               json::object{{"field", record.error.field},
                            {"value", record.error.value},
                            {"allowed", record.error.allowed}});
}

absl::Status Ingest::SendTrips() {
  file_ = inputs_.size() == 1 ? inputs_[0].path : absl::StrCat(inputs_.size(), " files");
  uint64_t stored_bytes = 0;
  for (const InputPath& input : inputs_) {
    std::error_code unknown;
    const uintmax_t bytes = std::filesystem::file_size(input.path, unknown);
    if (!unknown) stored_bytes += bytes;
  }
  const CutOptions& cutting = options_.cutting;
  const auto reject = [this](const LinePlace& place, const ParsedRecord& record) {
    Refuse(place, record);
  };
  TripSource source(inputs_, terminal_.in,
                    {.part = options_.part,
                     .rules = cutting.rules,
                     .state = cutting.state,
                     .work_dir = cutting.work_dir,
                     .memory_bytes = cutting.memory_bytes},
                    reject, [this] { return signals_.signalled(); });
  progress_ = std::make_unique<Progress>(terminal_, file_, stored_bytes, options_.quiet);
  source.on_read = [&] {
    progress_->Update(source.stored_bytes_read(),
                      absl::StrCat(source.counts().fixes, " fixes read"));
  };
  source.on_unreadable = [this](const InputPath& input, const absl::Status& why) {
    return PassOver(input, why);
  };
  const absl::Status sent = SendParts(source);
  totals_.feed = source.counts();
  totals_.rejected += source.counts().rejected;
  return sent;
}

absl::Status Ingest::SendParts(PartSource& source) {
  while (true) {
    if (signals_.signalled()) return absl::CancelledError("interrupted");
    Part part;
    const absl::StatusOr<bool> more = source.Next(&part);
    if (!more.ok())
      return absl::Status(more.status().code(), absl::StrCat(file_, ": ", more.status().message()));
    if (!*more) break;
    if (options_.lateness_ms) part.deleted.clear();  // no fix has a key
    if (absl::Status s = SendPart(source, part); !s.ok()) return s;
    if (part.open_end) break;
  }
  return signals_.signalled() && !options_.feed.topic.empty() ? absl::CancelledError("interrupted")
                                                              : absl::OkStatus();
}

absl::Status Ingest::SendPart(PartSource& source, const Part& part) {
  double waited_s = 0;
  if (part.bytes.empty()) {
    if (absl::Status s = SendDeletes(part); !s.ok()) return s;
    return source.Accepted(0);
  }
  for (int attempt = 0;; ++attempt) {
    Sent sent;
    const absl::StatusOr<ApiResponse> answer = SendOnce(source, part, &sent);
    const bool busy = answer.ok() && (answer->status == 429 || answer->status == 503);
    if (!answer.ok() && answer.status().code() != absl::StatusCode::kUnavailable) {
      return answer.status();
    }
    if (answer.ok() && !busy) {
      absl::Status taken = TakeAnswer(source, part, *answer);
      if (taken.ok() && sent.bytes == part.bytes.size()) taken = SendDeletes(part);
      return taken.ok() ? Acknowledge(source, part, sent) : taken;
    }
    absl::Status why = answer.status();
    if (busy)
      why = absl::UnavailableError(absl::StrCat("the server is busy (", answer->status, ")"));
    if (sent.bytes > part.bytes.size()) {
      return absl::UnavailableError(absl::StrCat(
          why.message(), "; ", file_, " is one document longer than --part, so send it again"));
    }
    const double wanted_s = busy ? RetryAfterS(*answer) : 0;
    if (absl::Status s = WaitToRetry(why, attempt, wanted_s, &waited_s); !s.ok()) return s;
  }
}

absl::Status Ingest::Acknowledge(PartSource& source, const Part& part, const Sent& sent) {
  totals_.bytes += sent.bytes;
  if (absl::Status s = source.Accepted(sent.bytes); !s.ok()) return s;
  if (resume_ == nullptr || source.cut() == RecordCut::kNowhere) return absl::OkStatus();
  const absl::string_view done =
      absl::string_view(part.bytes).substr(0, sent.bytes).substr(part.header_bytes);
  return resume_->Note(file_, {.bytes = part.begin + done.size(),
                               .lines = part.first_line - 1 + LineEnds(done),
                               .crc32c = Crc32c(done, part.crc32c_before)});
}

absl::Status Ingest::SendDeletes(const Part& part) {
  for (const std::string& id : part.deleted) {
    if (absl::Status s = SendDelete(id); !s.ok()) return s;
  }
  return absl::OkStatus();
}

// Until it is answered.  An id that is not there, or cannot be one, is gone already.
absl::Status Ingest::SendDelete(const std::string& id) {
  const ApiRequest request{
      .method = "DELETE",
      .target =
          CollectionTarget(options_.connection, absl::StrCat("/trajectories/", PercentEncode(id))),
      .headers = {},
      .body = ""};
  double waited_s = 0;
  for (int attempt = 0;; ++attempt) {
    const absl::StatusOr<ApiResponse> answer = client_->Call(request);
    if (!answer.ok() && !absl::IsUnavailable(answer.status())) return answer.status();
    if (answer.ok() && answer->status != 429 && answer->status < 500) {
      totals_.deleted += answer->status == 204 ? 1 : 0;
      return absl::OkStatus();
    }
    const absl::Status why =
        answer.ok() ? absl::UnavailableError(absl::StrCat("the server answered ", answer->status))
                    : answer.status();
    const double wanted_s = answer.ok() ? RetryAfterS(*answer) : 0;
    if (absl::Status s = WaitToRetry(why, attempt, wanted_s, &waited_s); !s.ok()) return s;
  }
}

absl::StatusOr<ApiResponse> Ingest::SendOnce(PartSource& source, const Part& part, Sent* sent) {
  const auto next = [&](std::string* piece) -> absl::StatusOr<bool> {
    piece->clear();
    if (signals_.signalled() && sent->bytes > part.header_bytes) {
      // What is whole records may end here; a document that goes on must be given up.
      if (source.cut() != RecordCut::kNowhere) return false;
      if (part.open_end) return absl::CancelledError("interrupted");
    }
    if (sent->bytes < part.bytes.size()) {
      const size_t end =
          StopAfter(part, source.cut(), std::max(sent->bytes, part.header_bytes), kSliceBytes);
      piece->assign(part.bytes, sent->bytes, end - sent->bytes);
    } else if (part.open_end) {
      const absl::StatusOr<bool> more = source.More(piece);
      if (!more.ok()) return more.status();
    }
    sent->bytes += piece->size();
    ShowProgress(source, *sent);
    return !piece->empty();
  };
  return client_->Stream(Head(source.format()), next);
}

void Ingest::NoteFigures(const json::value& answer) {
  totals_.accepted += CountMember(answer, "accepted");
  totals_.rejected += CountMember(answer, "rejected");
  totals_.fixes += CountMember(answer, "fixes");
  if (options_.lateness_ms) NoteLive(answer, totals_.live);
  if (const json::value* cleaned = Member(answer, "cleaned")) {
    totals_.dropped_range += CountMember(*cleaned, "dropped_range");
    totals_.dropped_speed += CountMember(*cleaned, "dropped_speed");
    totals_.sorted += CountMember(*cleaned, "sorted");
    totals_.merged += CountMember(*cleaned, "merged");
  }
  const json::value* columns = Member(answer, "columns");
  const bool known = !columns_.empty() && columns_.back().file == file_;
  if (columns == nullptr || !columns->is_object() || known) return;
  ColumnsRead& read = columns_.emplace_back();
  read.file = file_;
  const json::value* by_values = Member(answer, "columns_by_values");
  read.by_values = by_values != nullptr && *by_values == true;
  for (const auto& [role, column] : columns->as_object()) {
    read.taken.emplace_back(role, column.is_string() ? std::string(column.as_string()) : "");
  }
  for (const json::value& column : ListMember(answer, "columns_left")) {
    if (column.is_string()) read.left.emplace_back(column.as_string());
  }
}

absl::Status Ingest::TakeAnswer(const PartSource& source, const Part& part,
                                const ApiResponse& answer) {
  json::error_code broken;
  const json::value body = json::parse(answer.body, broken);
  if (!broken) {  // a refusal tells too what was accepted before
    NoteFigures(body);
  }
  if (answer.status != 200) {
    refusal_ = answer;
    return absl::InvalidArgumentError("the server refused the upload");
  }
  if (broken || !body.is_object()) return absl::InternalError("the server's answer is not JSON");
  const uint64_t header_lines =
      LineEnds(absl::string_view(part.bytes).substr(0, part.header_bytes));
  for (const json::value& record : ListMember(body, "results")) {
    const json::value* error = Member(record, "error");
    if (error == nullptr) continue;
    const uint64_t line = CountMember(record, "line") - header_lines + part.first_line - 1;
    const LinePlace place = source.PlaceOf(line);
    rejects_.Add(place.file, place.line, TextMember(record, "id"), *error);
  }
  return rejects_.Flush();
}

absl::Status Ingest::WaitToRetry(const absl::Status& why, int attempt, double wanted_s,
                                 double* waited_s) {
  const double doubled_s = std::ldexp(kFirstWaitS, std::min(attempt, 10));
  const double wait_s = std::max(wanted_s, std::min(doubled_s, kLongestWaitS));
  if (*waited_s + wait_s > options_.retry_for_s) {
    return absl::UnavailableError(
        absl::StrCat(why.message(), "; gave up after ", ShowSeconds(*waited_s), " of retries"));
  }
  if (progress_ != nullptr) progress_->Clear();
  const absl::string_view message = why.message();
  terminal_.err << "spoor: " << message << "; trying again in " << ShowSeconds(wait_s) << '\n';
  *waited_s += wait_s;
  if (signals_.WaitFor(std::chrono::milliseconds(static_cast<int64_t>(wait_s * 1000)))) {
    return absl::CancelledError("interrupted");
  }
  absl::StatusOr<std::unique_ptr<Client>> client = Open(options_.connection, Access::kCreate);
  if (client.ok()) client_ = *std::move(client);  // if not, the next attempt says so
  return absl::OkStatus();
}

ApiRequest Ingest::Head(absl::string_view format) const {
  if (options_.lateness_ms) {
    return {.method = "POST",
            .target = CollectionTarget(options_.connection, LiveTarget(options_)),
            .headers = {{"content-type", "application/x-ndjson"}},
            .body = ""};
  }
  std::vector<std::string> params;
  const auto add = [&params](absl::string_view name, absl::string_view value) {
    params.push_back(absl::StrCat(name, "=", PercentEncode(value)));
  };
  if (!options_.ack.empty()) add("ack", options_.ack);
  if (!options_.rejects_file.empty()) add("results", "all");
  if (options_.clean) add("clean", "true");
  const ReadOptions as_it_is;  // trips that were cut here
  const ReadOptions& read = options_.cut_trips ? as_it_is : options_.part.read;
  const auto add_said = [&add](absl::string_view name, absl::string_view value) {
    if (!value.empty()) add(name, value);
  };
  add_said("preset", read.preset);
  add_said("id", read.table_id);
  add_said("row_ids", read.row_id_prefix);
  add_said("source", source_);
  add_said("time_format", read.time.format);
  if (read.time.unit != TimeUnit::kSeconds) {
    add("time_unit", kTimeUnits[static_cast<size_t>(read.time.unit)]);
  }
  if (read.time.zone != absl::UTCTimeZone()) add("time_zone", read.time.zone.name());
  if (read.decimal_comma) add("decimal", "comma");
  if (read.delimiter != 0) {
    add("delimiter", read.delimiter == '\t' ? "tab" : std::string(1, read.delimiter));
  }
  for (const auto& [role, column] : read.columns) {
    add(absl::StrCat("column.", PercentEncode(role)), column);
  }
  std::string target = CollectionTarget(options_.connection, "/trajectories");
  for (size_t i = 0; i < params.size(); ++i)
    absl::StrAppend(&target, i == 0 ? "?" : "&", params[i]);
  const absl::StatusOr<const FormatEntry*> entry = FindFormat(format);
  return {.method = "POST",
          .target = target,
          .headers = {{"content-type", entry.ok() ? std::string((*entry)->media_type) : ""}},
          .body = ""};
}

void Ingest::ShowProgress(const PartSource& source, const Sent& sent) {
  const auto elapsed = std::chrono::steady_clock::now() - begin_;
  const double per_s = 1 / std::max(std::chrono::duration<double>(elapsed).count(), 1e-3);
  std::string rates =
      absl::StrCat(ShowBytes(static_cast<double>(totals_.bytes + sent.bytes) * per_s), "/s");
  if (totals_.rejected > 0) absl::StrAppend(&rates, ", ", totals_.rejected, " rejected");
  progress_->Update(source.stored_bytes_read(), rates);
}

}  // namespace spoor
