#pragma once

#include "router/metrics/metrics_text.h"

namespace spoor {

// What this process takes of its machine, and what it is: processor time, memory, descriptors, when
// it started, its version.  Names are those that Prometheus' own clients use.
void WriteProcessFigures(MetricsText& text);

}  // namespace spoor
