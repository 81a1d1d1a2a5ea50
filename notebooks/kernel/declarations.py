"""Is it a declaration, and of what? C++ alone cannot tell `a * b;` (a pointer, or a product) or `T x(y);` without knowing the
names. Here a statement that can be read as a declaration is one: so does the language."""
from tokens import CLOSE, OPEN, after_angles, closing, semicolon

SPECIFIERS = set("static inline constexpr constinit consteval const volatile thread_local extern mutable register typename".split())
BUILTIN = set("void bool char wchar_t char8_t char16_t char32_t short int long signed unsigned float double auto".split())
NO_TYPE = set("new sizeof alignof throw return this operator not co_await typeid true false nullptr delete "
              "static_cast dynamic_cast const_cast reinterpret_cast".split())
CLASS_WORDS = {"struct", "class", "union", "enum"}


def after_type(ts):
    """(the token after the specifiers and the type, whether the type is a built-in one), or (None, False): no type stands here."""
    i, builtin = 0, False
    while i < len(ts) and (ts[i].text in SPECIFIERS or ts[i].text in BUILTIN):
        builtin, i = builtin or ts[i].text in BUILTIN, i + 1
    if builtin:
        return i, True
    if i < len(ts) and ts[i].text == "decltype":
        return closing(ts, i + 1) + 1, False
    i += i < len(ts) and ts[i].text in CLASS_WORDS
    i += i < len(ts) and ts[i].text == "::"
    while True:
        if i >= len(ts) or ts[i].kind != "word" or ts[i].text in NO_TYPE:
            return None, False
        i += 1
        if i < len(ts) and ts[i].text == "<":
            after = after_angles(ts, i)
            if after == i:
                return None, False
            i = after
        if i >= len(ts) or ts[i].text != "::":
            return i, False
        i += 1
        i += i < len(ts) and ts[i].text == "template"


def declared(ts):
    """The names that a declaration of variables or a prototype declares, and where the first of them stands; None: no declaration."""
    i, builtin = after_type(ts)
    if i is None:
        return None
    names, first = [], None
    while True:
        while i < len(ts) and ts[i].text in ("*", "&", "&&", "const", "volatile"):
            i += 1
        if i < len(ts) and ts[i].text == "[" and builtin and not names:  # auto [a, b] = ...
            return [t.text for t in ts[i + 1:closing(ts, i)] if t.kind == "word"], i
        if i >= len(ts) or ts[i].kind != "word":
            return None
        first = i if first is None else first
        if ts[i].text == "operator":
            j = i + 1
            while j < len(ts) and (ts[j].text != "(" or j == i + 1):
                j += 1
            return ["operator" + "".join(t.text for t in ts[i + 1:j])], first
        name, i = ts[i].text, i + 1
        while i + 1 < len(ts) and ts[i].text == "::":  # S::f
            name, i = name + "::" + ts[i + 1].text, i + 2
        names.append(name)
        if i >= len(ts) or ts[i].text not in ("=", "(", "{", "[", ",", ";", ":"):
            return None
        depth = 0
        while i < len(ts) and (depth or ts[i].text not in (",", ";")):  # to the end of this name's part
            if ts[i].text == "<" and after_angles(ts, i) > i:
                i = after_angles(ts, i)
                continue
            depth += (ts[i].text in OPEN) - (ts[i].text in CLOSE)
            i += 1
        if i >= len(ts) or ts[i].text == ";":
            return names, first
        i += 1


def parameter_types(ts, i):
    """The types in the parentheses at i, without names and defaults: equal for two definitions of one function."""
    parts, part, depth, default = [], [], 0, False
    for t in ts[i + 1:closing(ts, i)] + [None]:
        if t is None or t.text == "," and depth == 0:
            if part and part[-1].kind == "word" and len(part) > 1 and part[-1].text not in BUILTIN and part[-2].text != "::":
                part = part[:-1]
            texts = [x.text for x in part]
            parts.append(" ".join(x for x in texts if x != "const" or "&" in texts or "*" in texts))
            part, default = [], False
            continue
        depth += (t.text in OPEN or t.text == "<") - (t.text in CLOSE or t.text == ">")
        default = default or t.text == "=" and depth == 0
        if not default:
            part.append(t)
    return ", ".join(parts)


def is_prototype(ts, i):
    """Whether the parentheses at i, after a name, surely hold parameters. (T x(a * b) may be either; as a variable it is right.)"""
    first, depth = [], 0
    for t in ts[i + 1:closing(ts, i)]:
        depth += (t.text in OPEN or t.text == "<") - (t.text in CLOSE or t.text == ">")
        if depth == 0 and t.text in (",", "="):
            break
        first.append(t)
    words = [t.text for t in first]
    if not words or words[0] in BUILTIN | SPECIFIERS or words[-1] in ("&", "&&", "*"):
        return not words or words[1:2] not in (["("], ["{"])
    d = declared(first + [semicolon(0)])
    return d is not None and not (len(words) == 3 and words[1] == "*")
