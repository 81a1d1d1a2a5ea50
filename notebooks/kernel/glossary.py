"""What the library's headers say of a name: its declaration and the comment above or behind it."""
import re
from dataclasses import dataclass

from declarations import declared
from items import classify, split
from tokens import semicolon

ROOMS = ("autograd", "nn", "model", "maximize")
INTERNAL = re.compile(r"/(kernels|ops|app)/")


@dataclass
class Entry:
    name: str
    inside: str       # the class that it is a member of, or ""
    declaration: str
    comment: str
    where: str        # "autograd/tape.h:54"

    def text(self):
        return "\n".join(filter(None, [self.where, self.comment, self.declaration]))


def comment_above(lines, row):
    """The lines of // that end above a row, from 0."""
    first = row
    while first > 0 and lines[first - 1].lstrip().startswith("//"):
        first -= 1
    return "\n".join(line.strip() for line in lines[first:row])


def names_of(ts):
    ts = [t for t in ts if t.text not in ("GRADUS_API", "explicit", "virtual", "friend")]
    while len(ts) > 2 and ts[0].text in ("public", "private", "protected") and ts[1].text == ":":
        ts = ts[2:]
    found = declared(ts if ts and ts[-1].text == ";" else ts + [semicolon(0)])
    if found:
        return found[0]
    called = next((ts[i - 1].text for i in range(1, len(ts)) if ts[i].text == "(" and ts[i - 1].kind == "word"), None)
    return [called] if called else []


def entries_of(source, where, inside=""):
    """Of a header's text, or of a class' body (then all before it is blank, so that the lines stay)."""
    lines, found = source.split("\n"), []
    for ts, directive in split(source):
        if directive:
            continue
        words = [t.text for t in ts]
        begin, end = ts[0].begin, ts[-1].end
        if "namespace" in words[:2] and "{" in words:
            at = words.index("{")
            found += entries_of(re.sub(r"[^\n]", " ", source[:ts[at].end]) + source[ts[at].end:ts[-1].begin], where, inside)
            continue
        row, last = source.count("\n", 0, begin), source.count("\n", 0, end)
        behind = re.search(r"//.*", lines[last][end - source.rfind("\n", 0, end) - 1:])
        comment = "\n".join(filter(None, [comment_above(lines, row), behind[0] if behind else ""]))
        body = words.index("{") if "{" in words else None
        declaration = re.sub(r"GRADUS_API ", "", source[begin:ts[body].begin if body else end]).strip()
        is_class = words[0] in ("class", "struct", "enum") and body
        if is_class:
            names = [next(w for w in words[1:] if w not in ("class", "struct", "GRADUS_API"))]
        elif words[0] in ("template", "using"):
            names = classify(source, ts, (), False)[0].names
        else:
            names = names_of(ts)
        found += [Entry(name, inside, declaration, comment, f"{where}:{row + 1}") for name in names[:1]]
        if is_class and words[0] != "enum":
            found += entries_of(re.sub(r"[^\n]", " ", source[:ts[body].end]) + source[ts[body].end:ts[-2].begin], where, names[0])
    return found


class Glossary:
    def __init__(self, root):
        self.entries = []
        for room in ROOMS:
            for header in sorted((root / room).rglob("*.h")):
                where = str(header.relative_to(root))
                if not INTERNAL.search(where):
                    self.entries += entries_of(header.read_text(), where)

    def explain(self, name):
        """All that is called so ("Tape::backward" and "backward" both find it), or ""."""
        inside, _, last = name.rpartition("::")
        found = [e for e in self.entries if e.name == last and (not inside or e.inside == inside)]
        return "\n\n".join(dict.fromkeys(e.text() for e in found))

    def names(self, members):
        return {e.name for e in self.entries if bool(e.inside) == members and e.name.isidentifier()}
