"""C++ sources as tokens, the functions in them, and those that make up the backward passes.

No compiler is asked. The sources are formatted by clang-format, which makes two things certain that C++ leaves open: a
binary operator has blanks on both sides and a template's angle brackets have none.
"""
import re
from dataclasses import dataclass

TOKEN = re.compile(r"""
    (?P<skip>\s+|//[^\n]*|/\*.*?\*/|\#[^\n]*)
  | (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
  | (?P<number>0[xX][0-9a-fA-F.pP]+[uUlL]*|\d[\d']*(?:\.\d*)?(?:[eE][+-]?\d+)?[uUlLfF]*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<op>->|::|\+\+|--|[-+*/%&|^]=|==|!=|<=|>=|&&|\|\||<<|\.\.\.|.)
""", re.VERBOSE | re.DOTALL)

KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "static_cast", "const_cast", "reinterpret_cast", "catch",
            "throw", "new", "delete", "else", "do", "case", "default", "break", "continue", "constexpr", "const", "auto"}
CLOSES = {"(": ")", "[": "]", "{": "}"}


@dataclass
class Token:
    kind: str
    text: str
    start: int
    end: int
    binary: bool  # blanks on both sides


@dataclass
class Function:
    source: "Source"
    scope: str  # the types around it, "CausalAttention"
    name: str
    template: bool
    first: int  # its body's first token, behind the brace
    last: int   # the closing brace

    @property
    def full_name(self):
        return f"{self.scope}::{self.name}" if self.scope else self.name

    def calls(self):
        """Names that are followed by an argument list."""
        tokens, found = self.source.tokens, set()
        for i in range(self.first, self.last):
            if tokens[i].kind == "name" and tokens[i].text not in KEYWORDS:
                behind = i + 1
                if tokens[behind].text == "<" and not tokens[behind].binary:
                    while behind < self.last and tokens[behind].text not in (">", ";"):
                        behind += 1
                    behind += 1
                before = tokens[i - 1]
                declared = before.kind == "name" and before.text not in KEYWORDS or before.text == ">" and not before.binary
                if tokens[behind].text == "(" and not declared:
                    found.add(tokens[i].text)
        return found


class Source:
    def __init__(self, path, text):
        self.path, self.text, self.tokens = path, text, []
        for m in TOKEN.finditer(text):
            if m.lastgroup != "skip":
                around = text[m.start() - 1:m.start()], text[m.end():m.end() + 1]
                self.tokens.append(Token(m.lastgroup, m.group(), *m.span(), all(c.isspace() for c in around)))
        self.match = {}
        open_ones = []
        for i, t in enumerate(self.tokens):
            if t.text in CLOSES:
                open_ones.append(i)
            elif t.text in CLOSES.values():
                k = open_ones.pop()
                self.match[k], self.match[i] = i, k
        self.functions = list(self._functions())

    def line(self, position):
        return self.text.count("\n", 0, position) + 1

    def _functions(self):
        tokens, scopes, begin, i = self.tokens, [], 0, 0
        while i < len(tokens):
            text = tokens[i].text
            if text == ";":
                begin = i + 1
            elif text == "}":
                scopes.pop()
                begin = i + 1
            elif text == ":" and tokens[i - 1].text in ("public", "private", "protected"):
                begin = i + 1
            elif text == "(":
                i = self.match[i]
            elif text == "{":
                words = [t.text for t in tokens[begin:i]]
                template = bool(words) and words[0] == "template"
                if template:
                    words = words[words.index(">") + 1:]
                if "(" in words:
                    name = begin + [t.text for t in tokens[begin:i]].index("(") - 1
                    owner = tokens[name - 2].text if tokens[name - 1].text == "::" else "::".join(s for s in scopes if s)
                    yield Function(self, owner, tokens[name].text, template, i + 1, self.match[i])
                    i = self.match[i]
                    begin = i + 1
                elif {"struct", "class", "enum", "union"} & set(words[:2]):
                    heads = [w for w in words[:words.index(":") if ":" in words else None] if w != "final"]
                    scopes.append(heads[-1])
                    begin = i + 1
                elif "namespace" in words:
                    scopes.append("")
                    begin = i + 1
                else:  # a value in braces
                    i = self.match[i]
            i += 1


def backward_passes(sources):
    """The functions named `backward`, and every function that only they call, directly or not.

    What a forward pass calls as well is left out: a change there changes the function and its gradient alike.
    """
    everything = [f for source in sources for f in source.functions if f.name != f.scope]  # without constructors
    by_name = {}
    for f in everything:
        by_name.setdefault(f.name, []).append(f)

    def called(f):  # a name means the function of the same type, or else of the same file, or else any of that name
        for name in f.calls():
            found = by_name.get(name, [])
            near = [g for g in found if g.source is f.source and g.scope == f.scope]
            near = near or [g for g in found if g.source is f.source]
            yield from near or found

    callees = {id(f): list(called(f)) for f in everything}
    chosen, waiting = {}, [f for f in everything if f.name == "backward"]
    while waiting:
        f = waiting.pop()
        if id(f) not in chosen:
            chosen[id(f)] = f
            waiting += callees[id(f)]
    while True:
        used_elsewhere = {id(g) for f in everything if id(f) not in chosen for g in callees[id(f)]}
        out = [i for i, f in chosen.items() if i in used_elsewhere and f.name != "backward"]
        if not out:
            return [f for f in everything if id(f) in chosen]
        for i in out:
            del chosen[i]
