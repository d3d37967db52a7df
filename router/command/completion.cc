#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "router/command/command.h"
#include "router/command/commands.h"

namespace spoor {
namespace {

struct Words {
  std::string command;
  std::vector<std::string> words;  // that may follow it: commands of its own and options
};

Words WordsOf(const CLI::App& command) {
  Words out{.command = command.get_name(), .words = {}};
  for (const CLI::App* inner : command.get_subcommands(nullptr)) {
    out.words.push_back(inner->get_name());
  }
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) out.words.push_back("--" + name);
  }
  return out;
}

// zsh runs it too, with its emulation of bash's completion.
void WriteBash(const Words& top, const std::vector<Words>& commands, std::ostream& out) {
  out << "_spoor() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} words\n"
         "  case ${COMP_WORDS[1]} in\n";
  for (const Words& one : commands) {
    out << "    " << one.command << ") words='" << absl::StrJoin(one.words, " ") << "' ;;\n";
  }
  out << "    *) words='" << absl::StrJoin(top.words, " ")
      << "' ;;\n"
         "  esac\n"
         "  ((COMP_CWORD > 1)) || words='"
      << absl::StrJoin(top.words, " ")
      << "'\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "}\n"
         "complete -o default -F _spoor spoor\n";
}

void WriteFish(const Words& top, const std::vector<Words>& commands, std::ostream& out) {
  const auto line = [&](absl::string_view when, const std::vector<std::string>& words) {
    out << "complete -c spoor -n '" << std::string(when.data(), when.size()) << "' -a '"
        << absl::StrJoin(words, " ") << "'\n";
  };
  line("__fish_use_subcommand", top.words);
  for (const Words& one : commands) {
    line(absl::StrCat("__fish_seen_subcommand_from ", one.command), one.words);
  }
}

int Complete(const CLI::App& spoor, const std::string& shell, Terminal& terminal) {
  const Words top = WordsOf(spoor);
  std::vector<Words> commands;
  for (const CLI::App* command : spoor.get_subcommands(nullptr)) {
    commands.push_back(WordsOf(*command));
  }
  if (shell == "fish") {
    WriteFish(top, commands, terminal.out);
    return kDone;
  }
  if (shell == "zsh") terminal.out << "autoload -U +X bashcompinit && bashcompinit\n";
  WriteBash(top, commands, terminal.out);
  return kDone;
}

}  // namespace

RunCommand AddCompletion(CLI::App& spoor) {
  auto shell = std::make_shared<std::string>();
  CLI::App& completion =
      *spoor.add_subcommand("completion", "Print what teaches a shell the commands and options");
  completion.footer(R"(
Examples:
  source <(spoor completion bash)
  spoor completion zsh > ~/.zfunc/spoor && source ~/.zfunc/spoor
  spoor completion fish > ~/.config/fish/completions/spoor.fish)");
  completion.add_option("SHELL", *shell, "Which one")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  return [&spoor, shell](Terminal& terminal) { return Complete(spoor, *shell, terminal); };
}

}  // namespace spoor
