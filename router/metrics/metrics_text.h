#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace spoor {

// Writes figures for monitoring: as OpenMetrics 1.0, or in the older text format of Prometheus,
// 0.0.4.
//
//   MetricsText text(MetricsText::Format::kPrometheus);
//   text.Begin("spoor_requests", MetricsText::Kind::kCounter, "Requests answered.");
//   text.Add(3, {{"status", "200"}});
//   text.Take();  // # TYPE spoor_requests_total counter ... spoor_requests_total{status="200"} 3
class MetricsText {
 public:
  enum class Format : uint8_t { kOpenMetrics, kPrometheus };
  enum class Kind : uint8_t { kGauge, kCounter, kHistogram };
  using Labels = std::initializer_list<std::pair<absl::string_view, absl::string_view>>;

  explicit MetricsText(Format format) : format_(format) {}

  // What follows is of this name, without _total, until the next Begin.
  void Begin(absl::string_view name, Kind kind, absl::string_view help);
  void Add(uint64_t value, Labels labels = {});
  void AddReal(double value, Labels labels = {});
  // Of a histogram: suffix "bucket", "sum" or "count".
  void AddPart(absl::string_view suffix, double value, Labels labels);

  // One figure without labels.
  void Gauge(absl::string_view name, absl::string_view help, double value);
  void Counter(absl::string_view name, absl::string_view help, double value);

  std::string Take();

 private:
  void Line(absl::string_view suffix, Labels labels, absl::string_view value);

  const Format format_;
  std::string out_, name_;
  Kind kind_ = Kind::kGauge;
};

}  // namespace spoor
