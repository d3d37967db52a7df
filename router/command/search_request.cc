#include <boost/json.hpp>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/format/reader.h"
#include "router/command/json_text.h"
#include "router/command/search.h"
#include "router/ingest/input_file.h"
#include "router/message/json_writer.h"

namespace spoor {
namespace {

// "name=value" into its parts.
absl::StatusOr<std::pair<std::string, std::string>> SplitPair(absl::string_view option,
                                                              const std::string& text) {
  const size_t at = text.find('=');
  if (at != std::string::npos && at > 0)
    return std::make_pair(text.substr(0, at), text.substr(at + 1));
  return absl::InvalidArgumentError(absl::StrCat(option, " ", text, " is not NAME=VALUE"));
}

absl::Status WriteBbox(const std::string& text, JsonWriter& w) {
  const std::vector<std::string> parts = absl::StrSplit(text, ',');
  w.Key("bbox");
  w.BeginArray();
  for (const std::string& part : parts) {
    double degrees = 0;
    if (parts.size() != 4 || !absl::SimpleAtod(part, &degrees)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--bbox ", text, " is not WEST,SOUTH,EAST,NORTH in degrees"));
    }
    w.Double(degrees);
  }
  w.EndArray();
  return absl::OkStatus();
}

absl::Status WriteTime(const std::string& text, JsonWriter& w) {
  const std::vector<std::string> parts = absl::StrSplit(text, ',');
  if (parts.size() != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("--time ", text, " is not FROM,TO in Unix seconds or RFC 3339"));
  }
  w.Key("time");
  w.BeginArray();
  for (const std::string& part : parts) {
    double seconds = 0;
    absl::SimpleAtod(part, &seconds) ? w.Double(seconds) : w.String(part);
  }
  w.EndArray();
  return absl::OkStatus();
}

// The geometry in a GeoJSON file: itself, or that of its only feature.
absl::Status WritePolygon(const std::string& file, JsonWriter& w) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return absl::NotFoundError(absl::StrCat("cannot read ", file));
  boost::json::error_code broken;
  const boost::json::value document = boost::json::parse(text.str(), broken);
  if (broken) return absl::InvalidArgumentError(absl::StrCat(file, " is not JSON"));
  const boost::json::value* geometry = &document;
  const boost::json::array& features = ListMember(document, "features");
  if (features.size() == 1) geometry = &features[0];
  if (const boost::json::value* inner = Member(*geometry, "geometry")) geometry = inner;
  const std::string type = TextMember(*geometry, "type");
  if (type != "Polygon" && type != "MultiPolygon") {
    return absl::InvalidArgumentError(
        absl::StrCat(file, " holds ", type.empty() ? "no GeoJSON" : type,
                     "; allowed: Polygon, MultiPolygon, or one Feature of these"));
  }
  w.Key("polygon");
  w.Raw(boost::json::serialize(*geometry));
  return absl::OkStatus();
}

void WriteTexts(absl::string_view name, const std::vector<std::string>& texts, JsonWriter& w) {
  if (texts.empty()) return;
  w.Key(name);
  w.BeginArray();
  for (const std::string& text : texts) w.String(text);
  w.EndArray();
}

}  // namespace

absl::Status WriteFilter(const SearchOptions& options, JsonWriter& w, absl::string_view member) {
  w.Key(member);
  w.BeginObject();
  absl::Status status = absl::OkStatus();
  if (!options.bbox.empty()) status = WriteBbox(options.bbox, w);
  if (status.ok() && !options.time.empty()) status = WriteTime(options.time, w);
  if (status.ok() && !options.polygon_file.empty()) status = WritePolygon(options.polygon_file, w);
  if (!status.ok()) return status;
  if (!options.relation.empty()) w.Member("relation", options.relation);
  WriteTexts("objects", options.objects, w);
  WriteTexts("exclude", options.exclude, w);
  std::map<std::string, std::vector<std::string>> tags;
  for (const std::string& text : options.tags) {
    const auto tag = SplitPair("--tag", text);
    if (!tag.ok()) return tag.status();
    tags[tag->first].push_back(tag->second);
  }
  if (!tags.empty()) {
    w.Key("tags");
    w.BeginObject();
    for (const auto& [name, values] : tags) WriteTexts(name, values, w);
    w.EndObject();
  }
  w.EndObject();
  return absl::OkStatus();
}

namespace {

absl::Status WriteRerank(const SearchOptions& options, JsonWriter& w) {
  if (options.rerank.empty()) return absl::OkStatus();
  w.Key("rerank");
  w.BeginObject();
  w.Member("measure", options.rerank);
  w.MemberUint("candidates", options.candidates);
  if (!options.params.empty()) {
    w.Key("params");
    w.BeginObject();
    for (const std::string& text : options.params) {
      const auto param = SplitPair("--param", text);
      if (!param.ok()) return param.status();
      double number = 0;
      if (!absl::SimpleAtod(param->second, &number)) {
        return absl::InvalidArgumentError(absl::StrCat("--param ", text, " is not NAME=NUMBER"));
      }
      w.Key(param->first);
      w.Double(number);
    }
    w.EndObject();
  }
  w.EndObject();
  return absl::OkStatus();
}

void WriteQuery(const SearchOptions& options, const std::vector<Fix>& fixes, JsonWriter& w) {
  w.Key("query");
  w.BeginObject();
  if (!options.id.empty()) {
    w.Member("id", options.id);
  } else {
    w.Key("coords");
    w.BeginArray();
    for (const Fix& fix : fixes) w.Position(fix, fix.has_time());
    w.EndArray();
  }
  w.EndObject();
}

}  // namespace

absl::StatusOr<std::vector<Fix>> ReadFirstTrajectory(const SearchOptions& options,
                                                     std::istream& in) {
  const absl::StatusOr<std::unique_ptr<InputFile>> file = InputFile::Open(options.file, in);
  if (!file.ok()) return file.status();
  std::string piece;
  absl::StatusOr<bool> more = (*file)->Read(&piece);
  if (!more.ok()) return more.status();
  const absl::StatusOr<const FormatEntry*> format =
      options.format == "auto" ? GuessFormat(options.file, piece) : FindFormat(options.format);
  if (!format.ok()) return absl::InvalidArgumentError(format.status().message());
  const absl::StatusOr<std::unique_ptr<Reader>> reader = (*format)->make(ReadOptions());
  if (!reader.ok()) return reader.status();

  std::optional<ParsedRecord> first;
  const RecordSink sink = [&first](ParsedRecord record) {
    if (!first) first = std::move(record);
  };
  absl::Status read = absl::OkStatus();
  while (read.ok() && !first && !piece.empty()) {
    read = (*reader)->Feed(piece, sink);
    piece.clear();
    more = (*file)->Read(&piece);
    if (!more.ok()) return more.status();
  }
  if (read.ok() && !first) read = (*reader)->Finish(sink);
  if (first && first->trajectory.ok()) return std::move(first->trajectory->fixes);
  if (first) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.file, ":", first->line, ": ", first->trajectory.status().message()));
  }
  if (!read.ok())
    return absl::InvalidArgumentError(absl::StrCat(options.file, ": ", read.message()));
  return absl::InvalidArgumentError(absl::StrCat(options.file, " holds no trajectory"));
}

absl::StatusOr<std::string> SearchBody(const SearchOptions& options,
                                       const std::vector<Fix>& fixes) {
  JsonWriter w;
  w.BeginObject();
  WriteQuery(options, fixes, w);
  w.MemberUint("k", options.k);
  w.Member("score", options.score);
  w.Member("direction", options.direction);
  if (options.min_score) w.Key("min_score"), w.Double(*options.min_score);
  if (options.max_distance_m) w.Key("max_distance_m"), w.Double(*options.max_distance_m);
  if (absl::Status s = WriteRerank(options, w); !s.ok()) return s;
  w.MemberBool("exact", options.exact);
  if (absl::Status s = WriteFilter(options, w); !s.ok()) return s;
  std::vector<std::string> include = {"summary"};
  if (!options.draw_file.empty()) include.emplace_back("geometry");
  WriteTexts("include", include, w);
  w.MemberBool("explain", options.explain);
  w.EndObject();
  return w.Take();
}

}  // namespace spoor
