#include "tests/fuzz/reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  spoor::FuzzReader("plt", input, {.source = "7/Trajectory/run"});
  return 0;
}
