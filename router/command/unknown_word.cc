#include "router/command/unknown_word.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace spoor {
namespace {

// Letters to put in, leave out or change: Levenshtein's distance.
size_t Edits(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = corner + (a[i - 1] != b[j - 1] ? 1 : 0);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

// "; did you mean search?", where one of the words is near enough to be meant.
std::string Meant(absl::string_view word, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  size_t least = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& one : known) {
    const size_t edits = Edits(word, one);
    if (edits < least) least = edits, best = &one;
  }
  return best == nullptr ? "" : absl::StrCat("; did you mean ", *best, "?");
}

std::vector<std::string> CommandNames(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> OptionNames(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

bool Contains(const std::vector<std::string>& all, absl::string_view word) {
  return std::find(all.begin(), all.end(), word) != all.end();
}

// Which words are values of options is not known here: only those with dashes are judged.
std::string UnknownOption(CLI::App& spoor, CLI::App& command, absl::Span<const char* const> words) {
  std::vector<std::string> known = OptionNames(spoor);  // may stand behind a command too
  for (std::string& name : OptionNames(command)) known.push_back(std::move(name));
  for (CLI::App* inner : command.get_subcommands(nullptr)) {
    for (std::string& name : OptionNames(*inner)) known.push_back(std::move(name));
  }
  for (const absl::string_view word : words) {
    if (!absl::StartsWith(word, "--") || word == "--") continue;
    const absl::string_view name = word.substr(0, word.find('='));
    if (Contains(known, name)) continue;
    return absl::StrCat("spoor ", command.get_name(), " has no option ", name, Meant(name, known),
                        "; `spoor ", command.get_name(), " --help` lists them");
  }
  return "";
}

}  // namespace

std::string UnknownWord(CLI::App& spoor, absl::Span<const char* const> argv) {
  const std::vector<std::string> commands = CommandNames(spoor);
  for (size_t i = 1; i < argv.size(); ++i) {
    const absl::string_view word = argv[i];
    if (Contains(commands, word)) {
      return UnknownOption(spoor, *spoor.get_subcommand(std::string(word.data(), word.size())),
                           argv.subspan(i + 1));
    }
    if (word == "--config") {
      ++i;  // and its file
    } else if (!absl::StartsWith(word, "-")) {
      return absl::StrCat("there is no command '", word, "'", Meant(word, commands),
                          "; `spoor --help` lists them");
    }
  }
  return "";
}

}  // namespace spoor
