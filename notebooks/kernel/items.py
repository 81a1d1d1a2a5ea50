"""A cell's text cut into items at its top level: directives, types, templates, functions, variables, statements, the last value."""
import re
from dataclasses import dataclass, field

from declarations import CLASS_WORDS, SPECIFIERS, declared, is_prototype, parameter_types
from tokens import CLOSE, OPEN, after_angles, after_name, closing, semicolon, tokens

STATEMENT = set("{ for while do if else switch case try return throw delete goto break continue co_return co_await co_yield asm".split())
GOES_ON = {";", ",", ".", "->", "(", "[", "else", "catch", "?", "<<", "==", "!=", "&&", "||", "|", "/", "%", "="}


@dataclass
class Item:
    kind: str            # include, directive, type, alias, template, function, inline, member, variable, binding, statement, value, verbatim
    text: str
    line: int            # in the cell, from 1
    names: list = field(default_factory=list)  # what it declares
    signature: str = ""  # of a function: its parameters' types
    head: str = ""       # of a function: all before its body
    scope: tuple = ()    # the namespaces it stands in


def body_follows(ts, i, begin, arrow):
    """Whether the brace at i, outside of all brackets, opens a body (else it opens a list of values)."""
    before = ts[i - 1].text if i > begin else "{"
    if arrow or before in (")", "}", "{", "else", "do", "try", "const", "noexcept", "override", "final", "&", "&&"):
        return True
    return ts[begin].text in ("namespace", "inline") and "namespace" in (ts[begin].text, ts[begin + 1].text) or before.startswith('"')


def directive_end(ts, i):
    """The token after a directive; #if goes to its #endif, with all between."""
    nested = 0
    while True:
        if i + 1 < len(ts):
            nested += (ts[i + 1].text in ("if", "ifdef", "ifndef")) - (ts[i + 1].text == "endif")
        i += 1
        while i < len(ts) and not ts[i].starts_line:
            i += 1
        while nested > 0 and i < len(ts) and not (ts[i].text == "#" and ts[i].starts_line):
            i += 1
        if nested <= 0 or i >= len(ts):
            return i


def item_end(ts, begin):
    """The token after the declaration or statement that begins here: behind its semicolon, or behind its body."""
    i, depth, paren, arrow, to_semicolon = begin, 0, False, False, ts[begin].text == "do"
    while i < len(ts):
        t = ts[i].text
        if t in OPEN:
            if depth == 0 and t == "{" and not to_semicolon and not body_follows(ts, i, begin, arrow):
                to_semicolon = True
            paren = paren or (depth == 0 and t == "(")
            depth += 1
        elif t in CLOSE:
            depth -= 1
            after = ts[i + 1].text if i + 1 < len(ts) else ""
            if depth <= 0 and t == "}" and not to_semicolon and after not in GOES_ON:
                return i + 1
        elif depth == 0:
            if t == ";" and not (i + 1 < len(ts) and ts[i + 1].text == "else"):
                return i + 1
            if t == "template" and i + 1 < len(ts) and ts[i + 1].text == "<":
                i = max(after_angles(ts, i + 1), i + 1)
                continue
            if t == "=" and ts[i - 1].text != "operator" or not paren and t in CLASS_WORDS:
                to_semicolon = True
            arrow = arrow or t in ("->", "requires")
        i += 1
    return i


def split(source):
    """The items' tokens, each a pair of a list and whether it is a directive."""
    ts, i = tokens(source), 0
    while i < len(ts):
        begin, directive = i, ts[i].text == "#" and ts[i].starts_line
        i = directive_end(ts, i) if directive else item_end(ts, i)
        yield ts[begin:i], directive


def of_namespace(source, ts, k, words, item):
    at = words.index("{") if "{" in words else None
    if at is None or at - words.index("namespace") != 2 or words[0] == "inline":  # an alias; one without a name; a::b
        item.kind = "alias" if at is None else "verbatim"
        item.names = [words[1]] if at is None else []
        return [item]
    inner = source[:ts[k + at].end]
    blank = re.sub(r"[^\n]", " ", inner) + source[ts[k + at].end:ts[-1].begin]  # what is inside, on the same lines
    return items(blank, item.scope + (words[1],), False)


def of_template(ts, k, item):
    item.kind = "template"
    i = k + 1
    while i < len(ts) and ts[i].text == "<":
        i = after_angles(ts, i)
        i += i < len(ts) and ts[i].text == "template"
    while i < len(ts) and ts[i].text == "requires":
        i += 1
        while i < len(ts):
            i = closing(ts, i) + 1 if ts[i].text == "(" else after_name(ts, i)
            if i >= len(ts) or ts[i].text not in ("&&", "||"):
                break
            i += 1
    while i + 1 < len(ts) and ts[i].text == "[" and ts[i + 1].text == "[":
        i = closing(ts, i) + 1
    rest = ts[i:]
    if rest and rest[0].text in CLASS_WORDS | {"using", "concept"}:
        item.names = [rest[1].text]
    elif found := declared(rest) or declared(rest + [semicolon(0)]):
        item.names, at = found[0][:1], found[1]
        if at + 1 < len(rest) and rest[at + 1].text == "(":
            item.signature = "template " + parameter_types(rest, at + 1)
    return [item]


def is_type(ts, k, words):
    at = words.index("{") if "{" in words else None
    if at is None:
        return len(words) == 3
    return "(" not in words[:at] and closing(ts, k + at) == len(ts) - 2


def body_begin(ts, k):
    """Where the body begins that the last token closes."""
    depth = 0
    for j in range(len(ts) - 1, k, -1):
        depth += (ts[j].text in CLOSE) - (ts[j].text in OPEN)
        if depth == 0:
            return j
    return None


def is_list(ts, k):
    """Whether the braces at the end hold values, as in P{1, 2}: not the body of anything, and not a variable's start."""
    begin = body_begin(ts, k) if ts[-1].text == "}" else None
    if begin is None or ts[k].text in CLASS_WORDS | {"namespace", "inline", "template", "extern", "using", "concept", "["}:
        return False
    return (ts[begin - 1].text == ">" or ts[begin - 1].kind == "word") and declared(ts[k:] + [semicolon(0)]) is None


def of_declaration(source, ts, k, item):
    """A function, a prototype or variables; a statement where it is none of them."""
    ends_in_body = ts[-1].text == "}"
    head = ts[k:]
    if ends_in_body:
        body = body_begin(ts, k)
        head = ts[k:body] + [semicolon(ts[body].begin)]
    found = declared(head)
    if found is None:
        return [item]
    item.names, at = found
    after = head[at + 1].text if at + 1 < len(head) else ";"
    specifiers = {t.text for t in head[:at]}
    if item.names and "::" in item.names[0]:
        item.kind = "member"
    elif head[at].text == "[":
        item.kind = "binding"
    elif ends_in_body or item.names and (item.names[0].startswith("operator") or after == "(" and is_prototype(head, at + 1)):
        while at < len(head) and head[at].text != "(":
            at += 1
        item.signature = parameter_types(head, at)
        item.head = source[head[0].begin:head[-1].begin].rstrip()
        words = [t.text for t in head]
        deduced = "auto" in specifiers and "->" not in words or "auto" in words[at:]  # or a template, by a parameter
        item.kind = "inline" if ends_in_body and (deduced or specifiers & {"inline", "constexpr", "consteval"}) else "function"
        if item.kind == "function" and "static" in specifiers:  # later cells must find it
            item.text, item.head = item.text.replace("static", "      ", 1), item.head.replace("static", "", 1)
    elif specifiers & {"constexpr", "inline", "extern"}:
        item.kind = "inline"
    else:
        item.kind = "variable"
        if "const" in specifiers and "*" not in specifiers:  # const alone would keep it from later cells
            item.text = "[[gnu::used]] inline " + item.text
        if "static" in specifiers:
            item.text = item.text.replace("static", "      ", 1)
    return [item]


def classify(source, ts, scope, last):
    item = Item("statement", source[ts[0].begin:ts[-1].end], source.count("\n", 0, ts[0].begin) + 1, scope=scope)
    k = 0  # past attributes
    while k + 1 < len(ts) and (ts[k].text == "[" and ts[k + 1].text == "[" or ts[k].text in ("alignas", "__attribute__", "__extension__")):
        k = k + 1 if ts[k].text == "__extension__" else closing(ts, k + (ts[k].text != "[")) + 1
    words = [t.text for t in ts[k:]]
    first = words[0] if words else ";"
    if first in STATEMENT or words == [";"]:
        return [item]
    if last and (words[-1] not in (";", "}") or is_list(ts, k)):
        item.kind = "value"
    elif first == "namespace" or words[:2] == ["inline", "namespace"]:
        return of_namespace(source, ts, k, words, item)
    elif first in ("using", "typedef", "static_assert", "concept"):
        item.kind = "alias"
        if first == "using" and "=" in words:
            item.names = [words[1]]
        elif first == "typedef":
            item.names = [words[-2]]
    elif first == "extern" and len(words) > 1 and words[1].startswith('"'):
        item.kind = "verbatim"
    elif first == "template":
        return of_template(ts, k, item)
    elif first in CLASS_WORDS and is_type(ts, k, words):
        item.kind = "type"
        name = 2 if len(words) > 2 and words[1] in ("class", "struct") else 1
        item.names = [words[name]] if words[name] != "{" else []
    elif re.match(r"(?:\w+(?:<[^<>]*>)?::)*(\w+)(?:<[^<>]*>)?::~?\1\s*\(", item.text):  # S::S, S::~S
        item.kind = "member"
    else:
        return of_declaration(source, ts, k, item)
    return [item]


def items(source, scope=(), top=True):
    found, cut = [], list(split(source))
    for n, (ts, directive) in enumerate(cut):
        if not directive:
            found += classify(source, ts, scope, top and n == len(cut) - 1)
            continue
        kind = "include" if len(ts) > 1 and ts[1].text == "include" else "directive"  # an #include inside #if: a directive
        names = ["#" + ts[2].text] if len(ts) > 2 and ts[1].text in ("define", "undef") else []
        found.append(Item(kind, source[ts[0].begin:ts[-1].end], source.count("\n", 0, ts[0].begin) + 1, names))
    return found
