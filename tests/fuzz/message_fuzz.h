#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace spoor {

// Parses what follows the first byte as the message that this chooses, and decodes it.
template <typename... Messages, typename Decode>
int FuzzMessages(const uint8_t* data, size_t size, Decode decode) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  size_t skip = data[0] % sizeof...(Messages);
  const auto read = [&](auto message) {
    if (skip-- == 0 && message.ParseFromString(bytes)) decode(message);
  };
  (read(Messages()), ...);
  return 0;
}

}  // namespace spoor
