#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace spoor {

// What a body says, before it is bytes.  Immutable once a Body has it.
class Said {
 public:
  virtual ~Said() = default;
  virtual std::string Encode() const = 0;  // the bytes that say the same
};

// What a call says, or its answer: bytes, or, for who is in the same process, the value itself,
// which becomes bytes, once, when somebody wants them.  Copies share both.
//
// Thread safety: const methods may be called from any number of threads.
class Body {
 public:
  Body() = default;
  Body(std::string bytes) : bytes_(std::move(bytes)) {}  // NOLINT(google-explicit-constructor)
  Body(const char* bytes) : bytes_(bytes) {}             // NOLINT(google-explicit-constructor)
  // REQUIRES: said is not null.
  explicit Body(std::shared_ptr<const Said> said);

  const std::string& bytes() const;
  operator const std::string&() const { return bytes(); }  // NOLINT(google-explicit-constructor)
  size_t size() const { return bytes().size(); }
  // The value, if it is one of this type; null where it is another, or bytes.
  template <typename T>
  const T* As() const {
    return dynamic_cast<const T*>(said());
  }
  bool has_bytes() const;  // that they need not be made

  friend bool operator==(const Body& a, const Body& b) { return a.bytes() == b.bytes(); }

 private:
  struct Shared;
  const Said* said() const;

  std::string bytes_;  // where shared_ is null
  std::shared_ptr<Shared> shared_;
};

}  // namespace spoor
