#!/usr/bin/env -S python3 -B
"""Checks what the sources look like: how large their parts are, and what their types are called.

  tests/source/check.py [ROOT]

Fails when a function has more than 60 lines or 5 parameters or a file more than 500 lines, unless
`exceptions` says why; when an exception excuses nothing; when two files define types of one name, or two
headers functions of one name that take the same, which are one to the linker; and when nothing was checked.
"""

import collections
import pathlib
import re
import sys

import scopes

FOLDERS = ('geo', 'engine', 'shard', 'router', 'bench', 'tests')
MOST_LINES, MOST_PARAMETERS, MOST_FILE_LINES = 60, 5, 500


def read_sources(root):
    """Path -> text, of all sources."""
    paths = [p for folder in FOLDERS for p in sorted((root / folder).rglob('*')) if p.suffix in ('.h', '.cc')]
    return {str(p.relative_to(root)): p.read_text() for p in paths}


def read_exceptions(text):
    """What is excused: "path" or "path function"."""
    excused = set()
    for line in text.splitlines():
        if not line or line.startswith('#'):
            continue
        row = re.fullmatch(r'(\S+(?: \S+)?): \S.*', line)
        if not row:
            raise ValueError(f'exceptions: "{line}" is not "path [function]: reason"')
        excused.add(row.group(1))
    return excused


def too_large(path, text, found):
    """(What could be excused, what is wrong with it), for each."""
    if (lines := text.count('\n')) > MOST_FILE_LINES:
        yield path, f'{path}: {lines} lines, {MOST_FILE_LINES} at most'
    for d in found:
        if d.kind == 'type' or re.search(r'\bREGISTER_\w+$', d.name):
            continue
        excuse = f'{path} {d.name.split("::")[-1]}'
        if d.lines > MOST_LINES:
            yield excuse, f'{path}:{d.line}: {d.name} has {d.lines} lines, {MOST_LINES} at most'
        if d.parameters > MOST_PARAMETERS:
            yield excuse, f'{path}:{d.line}: {d.name} has {d.parameters} parameters, {MOST_PARAMETERS} at most'


def of_one_name(definitions):
    """Types that two files define, and functions that two headers do.  What an anonymous namespace has is the file's own."""
    homes = collections.defaultdict(set)
    for path, found in definitions.items():
        for d in found:
            if d.kind == 'type' and not d.private:
                homes[d.name].add(path)
            elif d.kind == 'function' and not d.private and path.endswith('.h'):
                homes[f'{d.name}({d.takes})'].add(path)
    return [f'{name} is defined in {" and in ".join(sorted(paths))}' for name, paths in homes.items() if len(paths) > 1]


def problems(sources, exceptions):
    definitions = {path: scopes.definitions(text) for path, text in sources.items()}
    excused = read_exceptions(exceptions)
    used, out = set(), []
    for path, text in sources.items():
        for excuse, wrong in too_large(path, text, definitions[path]):
            if excuse in excused:
                used.add(excuse)
            else:
                out.append(wrong)
    out += [f'exceptions: nothing is wrong with "{excuse}" any more' for excuse in sorted(excused - used)]
    out += of_one_name(definitions)
    kinds = collections.Counter(d.kind for found in definitions.values() for d in found)
    if not sources or not kinds['function'] or not kinds['type']:
        out.append(f'nothing to check: {len(sources)} files, {kinds["function"]} functions, {kinds["type"]} types')
    return out


def main():
    here = pathlib.Path(__file__).resolve().parent
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else here.parent.parent
    wrong = problems(read_sources(root), (here / 'exceptions').read_text())
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
