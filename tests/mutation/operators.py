"""The changes that are made to a backward pass. Each is one small edit of the source text.

An operator is a generator over one function: it yields (first, last, replacement), positions in the text.
"""
from dataclasses import dataclass

from cpp_source import KEYWORDS, Function

SUM_ENDS = {",", ";", "?", ":", "=", "+=", "-=", "*=", "/=", "==", "!=", "<", ">", "<=", ">=", "&&", "||", "+", "-", "return"}
PRODUCT_ENDS = SUM_ENDS | {"*", "/", "%"}
STATEMENT_ENDS = {",", ";", "=", "+=", "-=", "*=", "/=", "return"}
OPENS, CLOSES = {"(", "[", "{"}, {")", "]", "}"}


@dataclass
class Mutant:
    function: Function
    operator: str
    start: int
    end: int
    replacement: str

    @property
    def source(self):
        return self.function.source

    @property
    def path(self):
        return self.source.path

    @property
    def line(self):
        return self.source.line(self.start)

    def mutated(self):
        text = self.source.text
        return text[:self.start] + self.replacement + text[self.end:]

    def _lines(self, text, end):
        begin = self.source.text.rfind("\n", 0, self.start) + 1
        stop = text.find("\n", end)
        lines = text[begin:stop].split("\n")
        return " ".join((lines[0] + (" ... " + lines[-1] if len(lines) > 4 else " ".join(lines[1:]))).split())

    @property
    def before(self):
        return self._lines(self.source.text, self.end)

    @property
    def after(self):
        return self._lines(self.mutated(), self.start + len(self.replacement))

    @property
    def key(self):
        """What names it, whatever is changed above it."""
        return self.path, self.function.full_name, self.operator, self.before, self.after


class Body:
    """A function's tokens, without what does not compute a gradient: throw statements and the conditions before them, which
    refuse wrong use, calls of functions that only look on, and numbers of threads, on which no result depends."""

    def __init__(self, function, onlookers=()):
        self.function, self.source = function, function.source
        self.tokens, self.match = self.source.tokens, self.source.match
        self.places = []
        i = function.first
        while i < function.last:
            at = self.match[i + 1] + 1 if self.tokens[i].text == "if" else i
            if self.tokens[at + 1].text == "." and self.tokens[at + 3].text == "(":  # watch_.after_backward(...)
                at += 2
            what = self.tokens[at].text
            if what == "throw" or what in onlookers and self.tokens[at + 1].text == "(":
                while self.tokens[i].text != ";":
                    i += 1
            self.places.append(i)
            i += 1
        threads = [arguments[0] for _, arguments in self.calls("parallel_for", "parallel_pieces", "parallel_groups", "parallel_rows")]
        threads += [arguments[-1] for _, arguments in self.calls("product", "sum_rows")]
        for first, last in threads:
            self.places = [i for i in self.places if not first <= i <= last]

    def text(self, i):
        return self.tokens[i].text

    def inside(self, first, last):
        return self.source.text[self.tokens[first].start:self.tokens[last].end]

    def right_of(self, i, ends):
        """The last token of the operand to the right of token i."""
        j = i + 1
        while j < self.function.last:
            t = self.tokens[j]
            if t.text in OPENS:
                j = self.match[j]
            elif t.text in CLOSES or t.text in ends and (t.binary or t.text in {",", ";", "?", ":"}):
                break
            j += 1
        return j - 1

    def left_of(self, i, ends):
        """The first token of the operand to the left of token i."""
        j = i - 1
        while j >= self.function.first:
            t = self.tokens[j]
            if t.text in CLOSES and t.text != "}":
                j = self.match[j]
            elif t.text in OPENS | {"}"} or t.text in ends and (t.binary or t.text in {",", ";", "?", ":", "return"}):
                break
            j -= 1
        return j + 1

    def starts_statement(self, i):
        before = self.text(i - 1)
        if before == ")":
            return self.text(self.match[i - 1] - 1) in {"if", "for", "while"}
        if before == "{":  # a block's, not a value's
            return self.text(i - 2) in {")", "else", "const", "override"}
        return before in {";", "}", "else"} and self.bracket(i) != "("  # those in a for's head are not meant

    def bracket(self, i):
        """The bracket that token i stands in."""
        i -= 1
        while i >= self.function.first and self.text(i) not in OPENS:
            i = self.match[i] - 1 if self.text(i) in CLOSES else i - 1
        return self.text(i)

    def statement_of(self, i):
        """The first token of the statement, or of the part of a for's head, that token i belongs to."""
        i -= 1
        while i >= self.function.first and self.text(i) not in {";", "{", "}"}:
            if self.text(i) == ")" and self.text(self.match[i] - 1) in {"if", "for", "while"}:
                break
            if self.text(i) == "(" and self.text(i - 1) in {"if", "for", "while"}:
                break
            i = self.match[i] - 1 if self.text(i) in CLOSES else i - 1
        return i + 1

    def computes_a_place(self, i):
        """Whether token i computes an index or an address, not a value."""
        if self.bracket(i) == "[" or any(self.text(j) == "data" for j in range(self.left_of(i, {","}), i)):
            return True
        begin = self.statement_of(i)
        words = [self.text(j) for j in range(begin, begin + 3) if self.text(j) != "const"]
        return words[0] == "Index" or words[1] == "*" and self.tokens[begin].kind == "name"

    def is_declaration(self, i):
        """Whether the statement that begins at token i declares something."""
        t, after = self.tokens[i], self.tokens[i + 1]
        last = i
        while self.text(last + 1) == "::":
            last += 2
        if last > i and self.text(last + 1) == "(":  # a call, std::fill(...)
            return False
        return t.kind == "name" and (t.text in KEYWORDS or after.kind == "name" or after.text in {"::", "&", "*", "<"}
                                     and not after.binary)

    def declares_array(self, i):
        """Whether the bracket i holds the size of an array that is declared: a larger one would change nothing."""
        return self.tokens[i - 1].kind == "name" and self.tokens[i - 2].kind == "name" and self.text(i - 2) not in KEYWORDS

    def statements(self):
        """Expression statements: first and last token, the semicolon."""
        for i in self.places:
            if self.starts_statement(i) and self.text(i) not in CLOSES | OPENS - {"("} | KEYWORDS | {";"}:
                if not self.is_declaration(i):
                    yield i, self.right_of(i - 1, {";"}) + 1

    def binaries(self, *texts):
        for i in self.places:
            t = self.tokens[i]
            if t.text in texts and t.binary and (self.tokens[i - 1].kind != "op" or self.text(i - 1) in {")", "]"}):
                yield i

    def calls(self, *names):
        """Of each call of these: the arguments, as first and last token."""
        for i in self.places:
            if self.text(i) in names and self.text(i + 1) == "(" and self.text(i - 1) not in {"&", "*"}:
                arguments, j = [], i + 1
                while self.text(j) != ")":
                    begin = j + 1
                    last = self.right_of(j, {","})
                    arguments.append((begin, last))
                    j = last + 1
                yield i, arguments

    def replace(self, first, last, replacement):
        return self.tokens[first].start, self.tokens[last].end, replacement

    def conditions(self):
        """Of if, while and ?: the condition's first and last token."""
        for i in self.places:
            if self.text(i) in {"if", "while"} and self.text(i + 1) == "(":
                begin, end = i + 2, self.match[i + 1] - 1
                semicolons = [j for j in range(begin, end) if self.text(j) == ";"]
                yield semicolons[-1] + 1 if semicolons else begin, end
            elif self.text(i) == "?":
                yield self.left_of(i, STATEMENT_ENDS), i - 1

    def numbers(self):
        """Real numbers that are computed: first and last token of each."""
        for _, arguments in self.calls("accumulate", "give"):
            if len(arguments) == 2:
                yield arguments[1]
        for _, arguments in self.calls("assign", "assign_or_add"):
            yield arguments[-1]
        for i in self.binaries("=", "+="):
            begin = self.left_of(i, {";"})
            while self.text(begin) in {"else", "const"} or self.text(begin) in {"if", "for"}:
                begin = self.match[begin + 1] + 1 if self.text(begin) in {"if", "for"} else begin + 1
            if begin < i and (self.text(begin) == "Real" and self.text(begin + 1) != "*" or not self.is_declaration(begin)):
                if self.text(i + 1) not in {"true", "false", "0"}:
                    yield i + 1, self.right_of(i, {";", ","})


def sign(b):
    swapped = {"+": "-", "-": "+", "+=": "-=", "-=": "+="}
    for i in b.binaries(*swapped):
        if not b.computes_a_place(i):
            yield b.replace(i, i, swapped[b.text(i)])
    for i in b.places:
        t, before = b.tokens[i], b.tokens[i - 1]
        if t.text == "-" and not t.binary and before.kind not in {"name", "number"} or t.text == "-" and before.text == "return":
            yield b.replace(i, i, "")
    for first, last in b.numbers():
        if b.text(first - 1) != "+=":  # that is another way to write -=
            yield b.replace(first, last, f"-({b.inside(first, last)})")


def factor(b):
    swapped = {"*": "/", "/": "*", "%": "/"}
    for i in b.binaries(*swapped):
        place = b.computes_a_place(i)
        if not place or b.text(i) == "%":
            yield b.replace(i, i, swapped[b.text(i)])
        yield b.replace(i, b.right_of(i, PRODUCT_ENDS), "")
        if not place and b.text(i) == "*":
            yield b.replace(b.left_of(i, PRODUCT_ENDS), i, "")
    for first, last in b.numbers():
        yield b.replace(first, last, f"2 * ({b.inside(first, last)})")


def term(b):
    for i in b.binaries("+", "-"):
        yield b.replace(i, b.right_of(i, SUM_ENDS), "")
        left = b.left_of(i, SUM_ENDS)
        if b.text(left - 1) not in {"+", "-"} and not b.computes_a_place(i):
            yield b.replace(left, i, "-" if b.text(i) == "-" else "")


def function(b):
    for i in b.places:
        if b.text(i) in {"exp", "square", "sign", "inverse", "erf"} and b.text(i - 1) == "." and b.text(i + 2) == ")":
            yield b.replace(i - 1, i + 2, "")
        if b.text(i) == "negative" and b.text(i + 1) == "(":
            yield b.replace(i, i, "")


def assign(b):
    for i in b.binaries("+="):
        yield b.replace(i, i, "=")
    for first, last in b.statements():
        for i in range(first, last):
            if b.text(i) == "=" and b.tokens[i].binary and b.text(i + 1) not in {"true", "false"}:
                yield b.replace(i, i, "+=")
            if b.text(i) == "{":
                break
    for i in b.places:
        if b.text(i) == "add" and b.text(i - 1) == ".":
            target = b.match[i - 2] - 1 if b.text(i - 2) == "]" else i - 2
            for constant in "true", "false":
                yield b.replace(target, i, constant)
        elif b.text(i) in {"true", "false"}:
            yield b.replace(i, i, "false" if b.text(i) == "true" else "true")


def statement(b):
    for first, last in b.statements():
        yield b.replace(first, last, ";")
    for i in b.places:
        if b.text(i) == "if" and b.text(b.match[i + 1] + 1) in {"return", "continue"}:
            yield b.replace(i, b.right_of(b.match[i + 1], {";"}) + 1, ";")


def transposed(b):
    for i in b.places:
        if b.text(i) == "t" and b.text(i - 1) == "." and b.text(i + 1) == "(":
            yield b.replace(i - 1, i + 2, "")
    for _, arguments in b.calls("product", "accumulate_product", "accumulate_part"):
        factors = [(first, last) for first, last in arguments if b.text(first) not in {"T", "C", "N", "stride", "threads"}
                   and (first == last and b.text(first)[0].isupper() or b.text(last) == ")"
                        and (b.text(first + 1) == "(" or b.text(last - 2) == "t"))]
        for first, last in factors:
            if b.text(last - 2) != "t":
                yield b.replace(first, last, b.inside(first, last) + ".t()")
        if len(factors) == 2:
            (a, a_end), (c, c_end) = factors
            yield b.replace(a, c_end, b.inside(c, c_end) + ", " + b.inside(a, a_end))


def index(b):
    """Axes, inputs, offsets and factors are small whole numbers; larger ones are the sizes of blocks."""
    for i in b.places:
        t = b.tokens[i]
        in_a_type = b.text(i - 1) == "[" and b.declares_array(i - 1) or b.text(i + 1) == ">" and not b.tokens[i + 1].binary
        if t.kind == "number" and len(t.text) == 1 and not in_a_type:
            yield b.replace(i, i, str(int(t.text) + 1))
            if t.text != "0":
                yield b.replace(i, i, str(int(t.text) - 1))


def off_by_one(b):
    swapped = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
    for i in b.binaries(*swapped):
        yield b.replace(i, i, swapped[b.text(i)])
    for i in b.places:
        if b.text(i) == "[" and (b.tokens[i - 1].kind == "name" and b.text(i - 1) != "return" or b.text(i - 1) in {")", "]"}):
            end = b.match[i]
            if not b.declares_array(i) and (end > i + 2 or b.tokens[i + 1].kind != "number"):
                yield b.replace(i + 1, end - 1, b.inside(i + 1, end - 1) + " + 1")


def lookup(b):
    """A subscript that is looked up in a table: the table is left out."""
    for i in b.places:
        if b.text(i) == "[" and b.tokens[i - 1].kind == "name":
            outer = i - 2
            if b.text(outer) == "(":
                outer -= 2
            if b.text(outer) == "[" or b.text(outer + 1) == "[":
                yield b.replace(i - 1, b.match[i], f"({b.inside(i + 1, b.match[i] - 1)})")


def condition(b):
    swapped = {"==": "!=", "!=": "==", "&&": "||", "||": "&&"}
    for i in b.binaries(*swapped):
        yield b.replace(i, i, swapped[b.text(i)])
    for first, last in b.conditions():
        if any(b.text(i) in {"==", "!="} for i in range(first, last)) and not {"&&", "||"} & {b.text(i) for i in range(first, last)}:
            continue  # its negation is what was just made
        if not (b.text(last) == "add" and b.text(last - 1) == "." and last - first == 2):  # assign's
            yield b.replace(first, last, f"!({b.inside(first, last)})")
    for i in b.places:
        if b.text(i) in {"min", "max"} and b.text(i - 1) == "::":
            yield b.replace(i, i, "max" if b.text(i) == "min" else "min")


def tensor(b):
    swapped = {"grad": "value", "value": "grad"}
    for i in b.places:
        if b.text(i) in swapped and b.text(i - 1) not in {".", "->", "::"}:
            if b.text(i + 1) != "." or b.text(i + 2) not in {"shape", "size", "empty"}:
                yield b.replace(i, i, swapped[b.text(i)])


OPERATORS = [sign, factor, term, function, assign, statement, transposed, index, off_by_one, lookup, condition, tensor]


def mutants(functions, onlookers=()):
    """All of them, in the order of the sources and of the text; of two that give the same text, one."""
    found, seen = [], set()
    for f in functions:
        body, of_this = Body(f, onlookers), []
        for operator in OPERATORS:
            for start, end, replacement in operator(body):
                m = Mutant(f, operator.__name__.replace("_", " "), start, end, replacement)
                words = m.path, "".join(m.mutated().split())
                if words not in seen:
                    seen.add(words)
                    of_this.append(m)
        found += sorted(of_this, key=lambda m: (m.start, m.end))
    return found
