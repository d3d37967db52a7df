#include "tests/fuzz/reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  spoor::ReadOptions porto, indexed;
  porto.preset = "porto";
  indexed.columns = {{"id", "0"}, {"lat", "1"}, {"lon", "2"}, {"time", "3"}, {"tag.mode", "4"}};
  spoor::ReadOptions joined, one{.table_id = "a"};
  joined.columns = {{"id", "id+time"}, {"time", "time+id"}};
  joined.decimal_comma = true;
  one.time.format = "%Y-%m-%d %H:%M";
  for (const auto& options : {spoor::ReadOptions(), porto, indexed, joined, one}) {
    spoor::FuzzReader("csv", input, options);
  }
  return 0;
}
