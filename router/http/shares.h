#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace spoor {

// Divides a number of slots among clients: each may have as many as are free.  So one client gets
// half of them at most, two a third each, and whoever comes next always finds some.
//
// Thread safety: one thread.
class Shares {
 public:
  // Taken as long as it lives, which the shares must outlive.
  class Slot {
   public:
    Slot(Shares& shares, std::string client);
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot();

   private:
    Shares& shares_;
    const std::string client_;
  };

  explicit Shares(size_t slots) : slots_(slots) {}

  // Null when the client has its share already.
  std::unique_ptr<Slot> Take(const std::string& client);

 private:
  const size_t slots_;
  size_t taken_ = 0;
  std::map<std::string, size_t> by_client_;  // those that have any
};

}  // namespace spoor
