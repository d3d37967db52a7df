#include "router/metrics/metrics_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace spoor {
namespace {

constexpr absl::string_view kMetricKinds[] = {"gauge", "counter", "histogram"};  // as in Kind

// Whole numbers to 2^50 as such.
std::string RealText(double value) { return absl::StrFormat("%.15g", value); }

}  // namespace

void MetricsText::Begin(absl::string_view name, Kind kind, absl::string_view help) {
  name_ = std::string(name);
  kind_ = kind;
  // The older format knows no suffix of a family.
  const bool total = kind == Kind::kCounter && format_ == Format::kPrometheus;
  const absl::string_view suffix = total ? "_total" : "";
  absl::StrAppend(&out_, "# HELP ", name, suffix, " ", help, "\n# TYPE ", name, suffix, " ",
                  kMetricKinds[static_cast<size_t>(kind)], "\n");
}

void MetricsText::Line(absl::string_view suffix, Labels labels, absl::string_view value) {
  absl::StrAppend(&out_, name_, suffix);
  absl::string_view before = "{";
  for (const auto& [name, text] : labels) {
    absl::StrAppend(&out_, before, name, "=\"",
                    absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}}),
                    "\"");
    before = ",";
  }
  absl::StrAppend(&out_, labels.size() == 0 ? "" : "}", " ", value, "\n");
}

void MetricsText::Add(uint64_t value, Labels labels) {
  Line(kind_ == Kind::kCounter ? "_total" : "", labels, absl::StrCat(value));
}

void MetricsText::AddReal(double value, Labels labels) {
  Line(kind_ == Kind::kCounter ? "_total" : "", labels, RealText(value));
}

void MetricsText::AddPart(absl::string_view suffix, double value, Labels labels) {
  Line(absl::StrCat("_", suffix), labels, RealText(value));
}

void MetricsText::Gauge(absl::string_view name, absl::string_view help, double value) {
  Begin(name, Kind::kGauge, help);
  AddReal(value);
}

void MetricsText::Counter(absl::string_view name, absl::string_view help, double value) {
  Begin(name, Kind::kCounter, help);
  AddReal(value);
}

std::string MetricsText::Take() {
  if (format_ == Format::kOpenMetrics) out_ += "# EOF\n";
  return std::move(out_);
}

}  // namespace spoor
