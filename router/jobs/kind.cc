#include "router/jobs/kind.h"

#include "absl/strings/str_cat.h"

namespace spoor {

#define KIND(function) const Kind& function();
#include "router/jobs/kinds.def"
#undef KIND

absl::Span<const Kind* const> AllKinds() {
  static const Kind* const kinds[] = {
#define KIND(function) &function(),
#include "router/jobs/kinds.def"
#undef KIND
  };
  return kinds;
}

const Kind* FindKind(absl::string_view name) {
  for (const Kind* kind : AllKinds()) {
    if (kind->name == name) return kind;
  }
  return nullptr;
}

const ResultPart* FindPart(const Kind& kind, absl::string_view name) {
  for (const ResultPart& part : kind.parts) {
    if (part.name == name) return &part;
  }
  return nullptr;
}

absl::StatusOr<std::unique_ptr<const JobWork>> WorkOf(const JobRecord& record) {
  const Kind* kind = FindKind(record.type);
  if (kind == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("this version has no jobs of type '", record.type, "'"));
  }
  JsonDocument document;
  if (absl::Status s = document.Parse(record.params); !s.ok()) return s;
  Problems problems;
  JsonWriter filled;
  auto work = kind->read(&document.root(), filled, problems);
  if (problems.ok()) return work;
  return absl::InvalidArgumentError("the request of the job is not valid in this version");
}

}  // namespace spoor
