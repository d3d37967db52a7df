#include "router/ingest/resume_file.h"

#include <boost/json.hpp>
#include <filesystem>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "router/message/json_members.h"

namespace spoor {
namespace {

namespace json = boost::json;

// One file has one name, wherever the command is started.
std::string NameOf(const std::string& file) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::weakly_canonical(file, error);
  return error ? file : path.string();
}

}  // namespace

absl::StatusOr<ResumeFile> ResumeFile::Open(const std::string& path, absl::string_view target) {
  ResumeFile resume;
  resume.path_ = path;
  std::string text;
  if (std::filesystem::exists(path)) {
    std::ostringstream all;
    std::ifstream in(path, std::ios::binary);
    if (!in || (std::filesystem::file_size(path) > 0 && !(all << in.rdbuf()))) {
      return absl::NotFoundError(absl::StrCat("cannot read ", path));
    }
    text = std::move(all).str();
    if (absl::Status s = resume.Read(text, target); !s.ok()) return s;
  }
  resume.out_.open(path, std::ios::binary | std::ios::app);
  if (!resume.out_) return absl::NotFoundError(absl::StrCat("cannot write ", path));
  if (text.empty()) {
    resume.out_ << json::serialize(
                       json::object{{"target", json::string_view(target.data(), target.size())}})
                << std::endl;
  } else if (text.back() != '\n') {
    resume.out_ << std::endl;  // ends the line that was cut off
  }
  return resume;
}

absl::Status ResumeFile::Read(const std::string& text, absl::string_view target) {
  std::istringstream lines(text);
  bool known = false;
  for (std::string line; std::getline(lines, line);) {
    json::error_code broken;
    const json::value value = json::parse(line, broken);
    if (broken) continue;
    if (Member(value, "target") != nullptr) {
      const std::string loaded = TextMember(value, "target");
      known = loaded == target;
      if (!known) {
        return absl::FailedPreconditionError(
            absl::StrCat(path_, " tells of a load into ", loaded, ", not into ", target));
      }
    }
    if (Member(value, "file") == nullptr) continue;
    files_[TextMember(value, "file")] = {
        .bytes = CountMember(value, "bytes"),
        .lines = CountMember(value, "lines"),
        .crc32c = static_cast<uint32_t>(CountMember(value, "crc32c")),
        .complete = BoolMember(value, "complete")};
  }
  if (known) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(path_, " is no resume file"));
}

Acknowledged ResumeFile::Find(const std::string& file) const {
  const auto at = files_.find(NameOf(file));
  return at == files_.end() ? Acknowledged() : at->second;
}

absl::Status ResumeFile::Note(const std::string& file, const Acknowledged& acknowledged) {
  const std::string name = NameOf(file);
  files_[name] = acknowledged;
  out_ << json::serialize(json::object{{"file", name},
                                       {"bytes", acknowledged.bytes},
                                       {"lines", acknowledged.lines},
                                       {"crc32c", acknowledged.crc32c},
                                       {"complete", acknowledged.complete}})
       << std::endl;
  if (out_) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write ", path_));
}

}  // namespace spoor
