"""What the cells so far have declared, and the translation unit that a new cell becomes.

Variables and functions stay as they are written. A statement becomes a function that runs between the variables' initializers, so that
all runs in the text's order. After each item the host hears how far the cell has come, and of each variable its type. Later cells see
types and templates whole, a prototype of each function, `extern` of each variable."""
import re

from declarations import BUILTIN, NO_TYPE
from items import STATEMENT, items
from tokens import after_angles, tokens

UNSEEN = ("include", "directive", "statement", "value", "member")  # declare nothing that a later cell must be told
KEPT = ("function", "inline", "template", "type")                  # where nothing of them has changed, a second run leaves them as they are
LOCAL_TYPE = re.compile(r"lambda|<unnamed|\{anonymous\}")          # a type that no other cell can write


class Session:
    def __init__(self):
        self.preamble = []  # (#line, text) of all directives, in order: those up to the last #include are compiled once
        self.entries = []   # [key (scope, name, signature), the names it refers to, the text that later cells see, as it was written]
        self.ever = set()   # all keys: an older symbol of the same name would be found in a new one's place
        self.lost = self.fresh_lost = {}  # a name that is no longer known -> the name that it was made from, before that was replaced

    def keys(self, item):
        """Its keys, and whether an earlier cell has declared one of them."""
        keys = [(item.scope, name, item.signature) for name in item.names]
        return keys, any(clash(e, key) for e in self.ever for key in keys)

    def replaced(self, cell):
        """What a cell's declarations put aside: the entries' ids, and the names that go with them, being made from what is replaced."""
        keys = [key for item in cell if item.kind not in UNSEEN and not item.unchanged for key in self.keys(item)[0]]
        older = {id(e) for e in self.entries if any(clash(e[0], key) for key in keys)}
        lost = {}
        names = {e[0][1] for e in self.entries if id(e) in older}
        while names:  # and what was made from those
            found = [(e, min(e[1] & names)) for e in self.entries if id(e) not in older and e[1] & names]
            older |= {id(e) for e, _ in found}
            lost.update((e[0][1], name) for e, name in found if e[0][1])
            names = {e[0][1] for e, _ in found}
        return older, lost

    def why(self, said):
        """A word on names that the compiler does not know (any more), as it quotes them."""
        return "".join(f"\n{name} was made from an older {of}: run its cell again." for name, of in {**self.lost, **self.fresh_lost}.items()
                       if re.search(f"[‘']{re.escape(name)}[’']", said))

    def translate(self, n, source):
        """Cell n: the directives that are compiled once, the rest of its translation unit, and its items."""
        cell = items(source)
        for item in cell:
            item.unchanged = item.kind in KEPT and any(e[0] in self.keys(item)[0] and e[3] == item.text for e in self.entries)
        known = {text for _, text in self.preamble}
        self.fresh = [(f'#line {i.line} "In[{n}]"', i.text) for i in cell
                      if i.kind == "directive" or i.kind == "include" and i.text not in known]
        lines = self.preamble + self.fresh
        last = max((k for k, (_, text) in enumerate(lines) if re.match(r"#\s*include", text)), default=-1)
        older, self.fresh_lost = self.replaced(cell)
        out = ["\n".join(line) for line in lines[last + 1:]] + [e[2] for e in self.entries if id(e) not in older]
        out += [self.definition(n, k, item) for k, item in enumerate(cell) if item.kind not in ("include", "directive")]
        out.append(f'#line 1 "cell_{n}.cpp"\nextern "C" void gradus_cell_{n}() {{ for (auto* f = __start_cell_init; f != __stop_cell_init; ++f) (*f)(); }}')
        return lines[:last + 1], "\n".join(out) + "\n", cell

    def definition(self, n, k, item):
        """Item k of cell n as it stands in the translation unit; what later cells need of it is kept in the item."""
        if item.unchanged:
            return f"static const int cell_{n}_{k} = (nb_at({k + 1}), 0);"
        _, again = self.keys(item)
        spaces = [f"namespace {s}" for s in item.scope]
        # An older symbol of that name, or one of the C library (`round`, `y0`), would be found in its place.
        if item.kind in ("variable", "binding") or again and item.kind not in ("member", "alias", "statement", "value"):
            spaces.append(f"inline namespace In{n}")
        item.open, item.close = " ".join(s + " {" for s in spaces), "}" * len(spaces)
        at, id_ = f'#line {item.line} "In[{n}]"\n', f"cell_{n}_{k}"
        reached = f"nb_at({k + 1}), 0"
        if item.kind == "statement":
            text = f"static void {id_}_run() {{\n{at}{item.text}\n;}}\nstatic const int {id_} = ({id_}_run(), {reached});"
        elif item.kind == "value":
            text = (f"static void {id_}_run() {{\n{at}(void)((\n{at}{item.text}\n), cell::Shown());}}\n"
                    f"static const int {id_} = ({id_}_run(), {reached});")
        elif item.kind == "variable":
            text = f"{at}{item.text}\nstatic const int {id_} = ({types_of(item)}, {reached});"
        elif item.kind == "binding":  # auto [a, b] = f();   becomes   auto bound = f(); and references to its parts, as variables
            bound, opens, ends = f"bound_{n}_{k}", item.text.index("["), item.text.index("]") + 1
            parts = "".join(f" auto& {name} = {bound}_{name};" for name in item.names)
            text = (f"{at}{item.text[:opens]} {bound} {item.text[ends:]}\n"
                    f"static auto& [{', '.join(f'{bound}_{name}' for name in item.names)}] = {bound};{parts}\n"
                    f"static const int {id_} = ({types_of(item)}, {reached});")
        else:
            text = f"{at}{item.text}\nstatic const int {id_} = ({reached});"
        return f"{item.open}\n{text}\n{item.close}"

    def learn(self, cell, reached, types):
        """After a run. reached: how many items came to their end; None: the cell left nothing."""
        self.preamble += self.fresh
        if reached is None:
            return
        self.ever.update((i.scope, name, i.signature) for i in cell if i.kind not in ("include", "directive") for name in i.names)
        older, lost = self.replaced(cell[:reached])
        self.entries = [e for e in self.entries if id(e) not in older]
        for item in cell[:reached]:
            if item.kind not in UNSEEN and not item.unchanged:
                self.entries += entries(item, types)
        self.lost = {name: of for name, of in {**self.lost, **lost}.items() if not any(e[0][1] == name for e in self.entries)}


def types_of(item):
    """An expression that tells the host the types of what it declares."""
    return ", ".join(f'cell::type<decltype({name})>("{name}")' for name in item.names)


def clash(a, b):
    """Whether b takes a's place: two functions of one name and other parameters are overloads."""
    return a[:2] == b[:2] and (a[2] == b[2] or not a[2] or not b[2])


def refers_to(text):
    """The names that a text has from elsewhere: no members, and not what it declares itself, as a parameter or a variable."""
    ts, used, own = tokens(text), set(), set()
    angles = {after_angles(ts, i) - 1 for i, t in enumerate(ts) if t.text == "<"}  # where template arguments end
    for i, t in enumerate(ts):
        last = ts[i - 1].text if i else ";"
        if t.kind != "word" or last in (".", "->"):
            continue
        k = i - 2 if last in ("&", "&&", "*") else i - 1  # where its type would end; a * b is a product where a is no obvious type
        is_type = k >= 0 and (ts[k].text in BUILTIN or k in angles or ts[k].kind == "word" and ts[k].text not in NO_TYPE | STATEMENT
                              and (k == i - 1 or ts[k].text[0].isupper()))
        ends = i + 1 < len(ts) and ts[i + 1].text in (",", ")", "=", ";", "{", ":", "[", "(")
        (own if is_type and ends or last in ("class", "typename") else used).add(t.text)
    return used - own


def entries(item, types):
    """What later cells see of an item, as entries of Session.entries."""
    keys = [(item.scope, name, item.signature) for name in item.names] or [(item.scope, "", "")]
    texts = [item.text]
    if item.kind == "function":
        texts = [item.head + ";"]
    elif item.kind in ("variable", "binding"):
        local = "thread_local " if "thread_local" in item.text.split(item.names[0])[0] else ""
        if any(LOCAL_TYPE.search(types.get(name, "lambda")) for name in item.names):
            texts = [item.text if "inline" in item.text.split()[:2] else "inline " + item.text] if item.kind == "variable" else []
        else:
            texts = [f"extern {local}std::type_identity_t<{types[name]}> {name};" for name in item.names]
    found = []
    for i, text in enumerate(texts):
        made_from = refers_to(text if text.startswith("extern ") else item.text) - set(item.names)
        found.append([keys[i] if len(texts) > 1 else keys[0], made_from, f"{item.open} {text} {item.close}", item.text])
    return found
