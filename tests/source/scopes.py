"""What a C++ file defines: its types and functions, where, and how large.

Reads the sources that clang-format formats, without a compiler: comments, strings and directives are
blanked, and braces tell the rest.  What stands inside a function counts as the function's.
"""

import dataclasses
import re


@dataclasses.dataclass
class Definition:
    kind: str  # "type", "function", or "declaration" of a function
    name: str  # with its namespaces and the types around it
    line: int
    lines: int = 0  # from the opening brace to the closing one
    parameters: int = 0
    takes: str = ''  # the parameters, as they are written
    private: bool = False  # in an anonymous namespace


_OPERATOR = re.compile(r'\boperator\s*(?:\(\s*\)|\[\s*\]|[^\s\w(]+)')
_BLANK = re.compile(
    r'//[^\n]*|/\*.*?\*/'
    r'|R"(?P<tag>[^(\s"]*)\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-FxX])'(?:\\.|[^'\\\n])+'"
    r'|^[ \t]*\#(?:\\\n|[^\n])*',
    re.DOTALL | re.MULTILINE)


def blank(text):
    """The text with comments, literals and directives as spaces; every line stays where it is.

    The name of an operator, whose signs are no brackets, becomes a word.
    """
    return _OPERATOR.sub('operator_of', _BLANK.sub(lambda m: re.sub(r'[^\n]', ' ', m.group(0)), text))


def _groups(head):
    """The texts of the outermost round brackets, each with what stands before it."""
    groups, depth, angle, start = [], 0, 0, 0
    for i, c in enumerate(head):
        if c == '(':
            if depth == 0 and angle == 0:
                start = i
            depth += 1
        elif c == ')':
            depth -= 1
            if depth == 0 and angle == 0:
                groups.append((head[:start].rstrip(), head[start + 1:i]))
        elif depth == 0 and c == '<':
            angle += 1
        elif depth == 0 and c == '>' and angle > 0:
            angle -= 1
    return groups


def _count(parameters):
    if not parameters.strip() or parameters.strip() == 'void':
        return 0
    depth = commas = 0
    for c in parameters.replace('->', '  '):
        depth += {'(': 1, '[': 1, '{': 1, '<': 1, ')': -1, ']': -1, '}': -1, '>': -1}.get(c, 0)
        commas += c == ',' and depth == 0
    return commas + 1


_CALLED = re.compile(r'(operator\s+[\w:<>]+[\s*&]*|~?[A-Za-z_]\w*(?:<[^()]*>)?(?:::~?\w+)*)$')
_NO_NAME = {'alignas', 'decltype', 'noexcept', 'requires', 'explicit', 'static_assert', '__attribute__'}


def _function(head):
    """Name and parameters (how many, which) of the function that a head introduces; None: of no function."""
    equals = re.search(r'(?<![=!<>+\-*/%&|^])=(?!=)', head)
    for before, inside in _groups(head):
        if equals and equals.start() < len(before):
            return None
        called = _CALLED.search(before)
        if called and called.group(1) not in _NO_NAME and not called.group(1).startswith('ABSL_'):
            return called.group(1), _count(inside), ' '.join(inside.split())
    return None


def _plain(head):
    """A head without labels, attributes and template parameters."""
    head = re.sub(r'\b(public|private|protected)\s*:(?!:)', ' ', head)
    head = re.sub(r'\[\[.*?\]\]', ' ', head, flags=re.DOTALL).strip()
    while head.startswith('template'):
        depth = round_depth = 0
        for i, c in enumerate(head):
            round_depth += (c == '(') - (c == ')')
            if round_depth == 0:
                depth += (c == '<') - (c == '>')
            if c == '>' and depth == 0:
                break
        head = head[i + 1:].strip()
    return head


_TYPE = re.compile(
    r'^(?:typedef\s+)?(?:class|struct|union|enum(?:\s+class|\s+struct)?)\s+'
    r'(?:(?:[A-Z][A-Z_0-9]+(?:\([^)]*\))?|alignas\([^)]*\))\s+)*'
    r'(?P<name>[A-Za-z_]\w*(?:::\w+)*(?:<.*?>)?)\s*(?:final\s*)?(?::(?!:).*)?$', re.DOTALL)


@dataclasses.dataclass
class _Scope:
    kind: str  # "namespace", "type", "function", "value"
    name: str = ''
    found: Definition = None


class _Reader:
    def __init__(self, text):
        self.text = blank(text)
        self.scopes = [_Scope('namespace')]
        self.found = []
        self.head = ''
        self.line = 1

    def _path(self, name):
        return '::'.join([s.name for s in self.scopes if s.name] + [name])

    def _define(self, kind, name, parameters=0, takes=''):
        private = any(s.name == '(anonymous)' for s in self.scopes)
        self.found.append(Definition(kind, self._path(name), self.line, 0, parameters, takes, private))
        return self.found[-1]

    def _opened(self):
        """The scope that a brace opens."""
        if self.scopes[-1].kind in ('function', 'value'):
            return _Scope(self.scopes[-1].kind)
        head = _plain(self.head)
        if head.count('(') > head.count(')'):
            return _Scope('value')
        if space := re.match(r'^(?:inline\s+)?namespace\b\s*([\w:]*)', head):
            return _Scope('namespace', space.group(1) or '(anonymous)')
        if head == 'extern':  # "C"
            return _Scope('namespace')
        if named := _TYPE.match(head):
            return _Scope('type', named.group('name'), self._define('type', named.group('name')))
        is_list = re.search(r'\)[^?]*(?<!:):(?!:)', head) and re.search(r'[\w>]$', head)  # : member_{value}
        function = None if is_list else _function(head)
        if function:
            return _Scope('function', '', self._define('function', *function))
        if 'namespace' in head:
            raise ValueError(f'line {self.line}: cannot tell what this brace opens: {head[-80:]}')
        return _Scope('value')

    def _closed(self):
        scope = self.scopes.pop()
        if scope.found:
            scope.found.lines = self.line - scope.found.line
        if self.scopes[-1].kind not in ('namespace', 'type'):
            return
        # After a value the same declaration goes on.
        self.head = self.head + '{}' if scope.kind == 'value' else ''

    def read(self):
        for c in self.text:
            if c == '\n':
                self.line += 1
            inside = self.scopes[-1].kind in ('function', 'value')
            if c == '{':
                self.scopes.append(self._opened())
                if self.scopes[-1].kind != 'value':
                    self.head = ''
            elif c == '}':
                self._closed()
            elif inside:
                continue
            elif c == ';':
                declared = _plain(self.head)
                function = _function(declared)
                if function and not re.match(r'(using|friend|static_assert|typedef)\b', declared):
                    self._define('declaration', *function)
                self.head = ''
            else:
                self.head += c
        if len(self.scopes) != 1:
            raise ValueError(f'braces do not match: {len(self.scopes) - 1} open at the end')
        return self.found


def definitions(text):
    return _Reader(text).read()
