#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/format/csv_columns.h"
#include "engine/format/reader.h"

namespace spoor {

// What the columns of a table hold, by the values of its first rows, where their names say nothing
// or there are none.
//
//   4711,2024-05-01 12:00:00,116.51172,39.92123      0 the id, 1 the time, 2 lon, 3 lat
//   4711,2024-05-01 12:10:00,116.51135,39.93883
//
// Nothing is taken that could as well be something else: two columns of degrees are lat and lon
// only where one of them leaves -90 ... 90, or a word of a name says which is which; one column of
// times is the time; the id is the one that is left and repeats itself, or that a word of its name
// says. Where several could be, the table is refused with the option that decides.
struct ColumnGuess {
  std::map<std::string, std::string> columns;  // as in ReadOptions; empty: nothing can be told
  std::optional<FieldError> ambiguous;         // instead
};
using TableRows = std::vector<std::vector<std::string>>;
// rows: the first ones, with the header if there is one, all with as many cells.  known: what
// somebody has said.
ColumnGuess GuessColumns(const TableRows& rows, const CsvMapping& known,
                         const ReadOptions& options);

// A reader that looks at the first rows where it has to, and then reads all as `make` makes it of
// options that say which column is what.
using MakeTableReader = absl::StatusOr<std::unique_ptr<Reader>> (*)(const ReadOptions&);
std::unique_ptr<Reader> MakeGuessingReader(const ReadOptions& options, CsvMapping mapping,
                                           MakeTableReader make);

}  // namespace spoor
