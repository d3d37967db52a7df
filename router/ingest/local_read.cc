#include "router/ingest/local_read.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/format/csv_columns.h"
#include "engine/format/csv_rows.h"
#include "engine/format/record.h"

namespace spoor {
namespace {

constexpr size_t kMostColumns = 4096;

// Each row of a table of fixes is to be a record of its own: what the table calls its trips does
// not matter, only whose they are.
ReadOptions RowByRow(ReadOptions read, absl::string_view head) {
  auto mapping = MappingFromOptions(read);
  if (!mapping.ok()) return read;  // its reader says why
  const absl::string_view row = head.substr(0, FirstRow(head));
  const absl::string_view text = row.substr(0, row.find_first_of("\r\n"));
  RowFields fields;
  CsvColumns columns;
  FieldError error;
  fields.Split(text, read.delimiter != 0 ? read.delimiter : GuessDelimiter(text), kMostColumns);
  if (!FindColumns(*mapping, fields.fields(), columns, error)) {
    mapping->needs_id = false;
    columns = CsvColumns();
    if (!FindColumns(*mapping, fields.fields(), columns, error)) return read;
  }
  if (columns.has_polyline()) return read;
  if (columns.object == CsvColumns::kNone && columns.id != CsvColumns::kNone) {
    read.columns["object"] = columns.has_header ? columns.names[static_cast<size_t>(columns.id)]
                                                : absl::StrCat(columns.id);
  }
  read.columns.erase("id");
  read.table_id.clear();
  read.row_id_prefix = std::string(kRowId);
  return read;
}

}  // namespace

absl::StatusOr<FileReading> ReadRecords(const InputPath& file, Archive* archive, std::istream& in,
                                        const LocalReading& how, const RecordSink& sink) {
  auto input = OpenInput(file, archive, in);
  if (!input.ok()) return input.status();
  auto parts = PartReader::Open(*std::move(input), how.part, Acknowledged());
  if (!parts.ok()) return parts.status();
  FileReading taken_for{.format = (*parts)->format(), .layout = {}};
  ReadOptions read = how.part.read;
  if (read.source.empty() && IsValidName(file.source)) read.source = file.source;
  std::unique_ptr<Reader> reader;
  for (Part part;;) {
    const absl::StatusOr<bool> more =
        part.open_end ? (part.bytes.clear(), (*parts)->More(&part.bytes)) : (*parts)->Next(&part);
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (reader == nullptr) {
      const bool by_row = how.row_by_row && taken_for.format == "csv";
      auto made = (*FindFormat(taken_for.format))->make(by_row ? RowByRow(read, part.bytes) : read);
      if (!made.ok()) return made.status();
      reader = *std::move(made);
    }
    // The reader has had the header by then.
    const auto bytes = absl::string_view(part.bytes).substr(part.header_bytes);
    if (absl::Status s = reader->Feed(bytes, sink); !s.ok()) return s;
    if (absl::Status s = how.on_bytes((*parts)->stored_bytes_read()); !s.ok()) return s;
  }
  if (reader == nullptr) return taken_for;  // it is empty
  if (absl::Status s = reader->Finish(sink); !s.ok()) return s;
  if (absl::Status s = how.on_bytes((*parts)->stored_bytes_read()); !s.ok()) return s;
  if (reader->layout() != nullptr) taken_for.layout = *reader->layout();
  return taken_for;
}

}  // namespace spoor
