#include "engine/format/record_cut.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(RecordCut, CutsOnlyBetweenRecords) {
  EXPECT_EQ(WholeRecords("a\nb\nc", RecordCut::kLine), 4u);
  EXPECT_EQ(WholeRecords("abc", RecordCut::kLine), 0u);
  EXPECT_EQ(WholeRecords("a,\"x\ny\"\nb,\"z\n", RecordCut::kRow), 8u);
  EXPECT_EQ(WholeRecords("a,\"x\"\"\ny\"\nb", RecordCut::kRow), 10u);
  EXPECT_EQ(WholeRecords("\x1e{}\n\x1e{", RecordCut::kSeparator), 4u);
  EXPECT_EQ(WholeRecords("a,5\" pipe\nb,x\nc", RecordCut::kRow), 14u);
  EXPECT_EQ(WholeRecords("a,\"inch\nb,\"x\"\nc", RecordCut::kRow), 14u);
  EXPECT_EQ(FirstRow("\"a\nb\",c\nd\n"), 8u);
}

TEST(RecordCut, KnowsWhichFilesMayBeCut) {
  EXPECT_EQ(RecordCutOf("ndjson", "", {}), RecordCut::kLine);
  EXPECT_EQ(RecordCutOf("geojson", "", {}), RecordCut::kNowhere);
  EXPECT_EQ(RecordCutOf("geojson-seq", "\x1e{}", {}), RecordCut::kSeparator);
  EXPECT_EQ(RecordCutOf("csv", "id,lat,lon\n", {}), RecordCut::kNowhere);
  EXPECT_EQ(RecordCutOf("csv", "id,lat,lon,polyline_id\n", {}), RecordCut::kNowhere);
  EXPECT_EQ(RecordCutOf("csv", "id,POLYLINE\n", {}), RecordCut::kRow);
  ReadOptions mapped;
  mapped.columns = {{"id", "0"}, {"polyline", "1"}};
  EXPECT_EQ(RecordCutOf("csv", "a,\"[[1,2]]\"\n", mapped), RecordCut::kRow);
}

TEST(RecordCut, AFileIsCutOnlyWhereItsUnitsAreTrips) {
  for (const FormatEntry& format : AllFormats()) {
    for (const absl::string_view head : {"", "id,lat,lon\n", "id,POLYLINE\n", "\x1e{}"}) {
      SCOPED_TRACE(format.name);
      const bool is_cut = RecordCutOf(format, head, {}) != RecordCut::kNowhere;
      EXPECT_EQ(is_cut,
                format.cut != RecordCut::kNowhere && format.unit(head, {}) == RecordUnit::kTrip);
    }
  }
}

}  // namespace
}  // namespace spoor
