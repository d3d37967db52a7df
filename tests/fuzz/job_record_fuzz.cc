#include <cstdint>
#include <string>

#include "engine/store/crc32c.h"
#include "router/jobs/job_record.h"

// What is kept of a job: as it comes, and behind a checksum that fits.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  spoor::DecodeJobRecord(bytes).IgnoreError();
  const uint32_t crc = spoor::Crc32c(bytes);
  const std::string head =
      "spoorjr1" + std::string(reinterpret_cast<const char*>(&crc), sizeof crc);
  const auto record = spoor::DecodeJobRecord(head + bytes);
  if (!record.ok()) return 0;
  const auto again = spoor::DecodeJobRecord(spoor::EncodeJobRecord(*record));
  if (!again.ok() || !(*again == *record)) __builtin_trap();
  return 0;
}
