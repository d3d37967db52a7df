#include "tests/fuzz/reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  spoor::FuzzReader("geojson", input, {});
  spoor::FuzzReader("geojson-seq", input, {});
  return 0;
}
