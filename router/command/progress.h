#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "router/command/commands.h"

namespace spoor {

// "12 345", "1.23 M": counts for people.
std::string ShowCount(uint64_t count);
// "38.1 MB".
std::string ShowBytes(double bytes);
// "4.2 s", "3 min 12 s".
std::string ShowSeconds(double seconds);
// "812.0 m", "9.35 km".
std::string ShowMeters(double meters);
// "2024-03-05 07:12:30" (UTC) of Unix seconds; empty when they are not finite, or beyond all years.
std::string ShowTime(double unix_s);

// Tells how far something is: a bar on a terminal, a line now and then anywhere else.
class Progress {
 public:
  // total: in the units of Update's done; 0 when unknown.
  Progress(Terminal& terminal, std::string what, uint64_t total, bool quiet);
  ~Progress();  // takes the bar away
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // rates: what else to show, such as "38 MB/s".
  void Update(uint64_t done, const std::string& rates);
  // Takes the bar away until the next Update, so that something else may be written.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::string Bar(uint64_t done) const;

  Terminal& terminal_;
  const std::string what_;
  const uint64_t total_;
  const bool quiet_;
  const Clock::time_point begin_ = Clock::now();
  Clock::time_point shown_ = begin_;
  bool drawn_ = false;
};

}  // namespace spoor
