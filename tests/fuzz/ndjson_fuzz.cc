#include "tests/fuzz/reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  spoor::FuzzReader("ndjson", {reinterpret_cast<const char*>(data), size}, {});
  return 0;
}
