"""C++ text as tokens, with what a cell needs to know of brackets and angles. It never fails: what is no C++ becomes odd tokens,
and the compiler says what is wrong with it."""
import re
from dataclasses import dataclass

TOKEN = re.compile(r"""(?P<space>[ \t\r\f\v]+|\\\n|\n|//[^\n]*|/\*.*?\*/)
  | (?P<string>(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)" | (?:u8|[uUL])?"(?:\\.|[^"\\\n])*"\w*
             | (?:u8|[uUL])?'(?:\\.|[^'\\\n])+'\w*)
  | (?P<word>[A-Za-z_]\w*) | (?P<number>\.?\d(?:[eEpP][+-]|'?[\w.])*)
  | (?P<sign>::|->\*?|\.\.\.|<=>|<<=?|&&|\|\||[-+*/%^&|=!<]=|\+\+|--|.)""", re.X | re.S)

OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


@dataclass
class Token:
    text: str
    kind: str          # string, word, number or sign
    begin: int         # where it stands in the source
    end: int
    starts_line: bool  # whether nothing but space is before it on its line


def tokens(source):
    found, fresh = [], True
    for m in TOKEN.finditer(source):
        if m["space"] is not None:
            fresh = fresh or ("\n" in m[0] and m[0] != "\\\n")
            continue
        kind = next(k for k in ("string", "word", "number", "sign") if m[k] is not None)
        found.append(Token(m[0], kind, m.start(), m.end(), fresh))
        fresh = False
    return found


def semicolon(at):
    """A token that ends what is cut off before position `at`."""
    return Token(";", "sign", at, at, False)


def closing(ts, i):
    """Where the bracket that opens at i is closed, or the end."""
    depth = 0
    for j in range(i, len(ts)):
        depth += (ts[j].text in OPEN) - (ts[j].text in CLOSE)
        if depth == 0:
            return j
    return len(ts)


def after_angles(ts, i):
    """The token after the template arguments that begin at i, or i where they do not close: then the sign is `less than`."""
    depth = 0
    for j in range(i, len(ts)):
        t = ts[j].text
        depth += (t in OPEN or t == "<") - (t in CLOSE or t == ">")
        if depth == 0:
            return j + 1
        if t in (";", "<<", "&&", "||") or depth < 0:
            return i
    return i


def after_name(ts, i):
    """The token after a name that may have :: and template arguments."""
    while i < len(ts):
        i += ts[i].text == "::"
        i += 1
        if i < len(ts) and ts[i].text == "<":
            i = max(after_angles(ts, i), i)
        if i >= len(ts) or ts[i].text != "::":
            break
    return i
