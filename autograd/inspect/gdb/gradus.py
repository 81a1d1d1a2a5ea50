"""gdb on Gradus: values in print, commands that see the tape, and a `step` that stays out of Eigen.

    (gdb) source autograd/inspect/gdb/gradus.py     or start it so: gdb -x autograd/inspect/gdb/gradus.py --args PROGRAM

    print t             a Tensor, Var, Node or Parameter with its shape and numbers
    tape [EXPRESSION]   all nodes of a tape: the given one, or the one that the present frames work on
    node NAME           one node, by name ("h.0.mlp.act") or number: formula, inputs, value, gradient
    break-node NAME     halts where a node gets this name, and where its backward is about to run
    step-back           runs one node's backward and halts before the next one's

No command but `tape` and `node` calls a function of the program, and these only Node::op() and Node::formula().
"""

import os
import re

import gdb

# --- what `step` passes over. The patterns are extended regular expressions on a function's full name.
REAL = r"^gradus::f(32|64)::"
SKIPPED = [
    r"^Eigen::", r"^std::", r"^__gnu_cxx::", r"^operator (new|delete)",
    r"^gradus::(Shape|Arena|Names)::", r"^gradus::(file_of|file_line|parallel_|run_iteration)",
    REAL + r"(Operand|Var|Tensor|MatrixView|Parameter|Leaves|Watch)::",
    REAL + r"Inputs::(~?Inputs|make|shape|shapes|count|nodes|axis)(\(|<|$)",  # not Inputs::run, which leads to forward
    REAL + r"(array|matrix|assign|product|sum_to|sum_rows)(\(|<|$)",
    REAL + r"Node::(Node|in|needs|target|scratch|threads|accumulate[a-z_]*)(\(|<|$)",
    # The views that an op makes of its own tensors: A(), B(), of_input(0, n), rows(), width().
    REAL + r"\(anonymous namespace\)::[A-Za-z]+::([A-Z]|of_[a-z]+|weight|rows|width|count|has_bias|arg|give)(\(|$)",
    REAL + r"Tape::(leaf|constant|check|refuse|var|make|enter|tensor|allocate_grad|where)(\(|<|$)",
]


def install_skips():
    # gdb keeps them in a table of its own, so sourcing this file again must not add them again.
    known = gdb.execute("info skip", to_string=True)
    for pattern in SKIPPED:
        if not any(line.endswith(" " + pattern) for line in known.splitlines()):
            quoted = pattern.replace("\\", "\\\\").replace(" ", "\\ ")  # gdb splits its arguments as a shell does
            gdb.execute("skip -rfu " + quoted, to_string=True)


# What reading an object may raise that was never set, or is no longer there: its pointers and sizes are any numbers.
UNREADABLE = (gdb.error, UnicodeDecodeError, OverflowError, ValueError)


# --- reading the engine's types
def shape_of(shape):
    if not 0 <= int(shape["rank_"]) <= 6:
        raise ValueError("memory that was never set, or is no longer valid")
    return [int(shape["sizes_"][i]) for i in range(int(shape["rank_"]))]


def shape_text(sizes):
    return "(" + ", ".join(map(str, sizes)) + ")"


def number(x):
    return "%.6g" % float(x)


MOST_ON_AN_AXIS = 6  # longer ones show their first and last three


def numbers(data, sizes, offset=0):
    """The values in nested brackets: long axes elided, and of more than two axes only the first matrix."""
    if not sizes:
        return number(data[offset])
    n, inner = sizes[0], 1
    for s in sizes[1:]:
        inner *= s
    if len(sizes) > 2:
        return "[" + numbers(data, sizes[1:], offset) + (", ... %d in all" % n if n > 1 else "") + "]" if n else "[]"
    shown = list(range(n)) if n <= MOST_ON_AN_AXIS else [0, 1, 2, None, n - 3, n - 2, n - 1]
    parts = ["..." if i is None else numbers(data, sizes[1:], offset + i * inner) for i in shown]
    return "[" + ", ".join(parts) + "]"


def tensor_text(t):
    sizes = shape_of(t["shape_"])
    if int(t["size_"]) > 0 and int(t["data_"]) == 0:
        return shape_text(sizes) + " moved from"
    try:
        return shape_text(sizes) + " " + (numbers(t["data_"], sizes) if int(t["size_"]) else "[]")
    except gdb.MemoryError:
        return shape_text(sizes) + " not readable: memory that is not set, or no longer valid"


def summary(t):
    """A short form for tables: a single number, or the smallest, the mean and the largest of at most 4096 values."""
    n = int(t["size_"])
    if n == 0:
        return "no values"
    if n == 1:
        return number(t["data_"][0])
    values = [float(t["data_"][i]) for i in range(min(n, 4096))]
    bad = sum(v != v or v in (float("inf"), float("-inf")) for v in values)
    if bad:
        return "%d of %d not finite" % (bad, n)
    return "%s .. %s mean %s" % (number(min(values)), number(max(values)), number(sum(values) / len(values)))


def brief(t):
    """The numbers of a small tensor, the summary of a large one."""
    if int(t["size_"]) <= 16:
        return tensor_text(t)
    try:
        return shape_text(shape_of(t["shape_"])) + " " + summary(t)
    except gdb.MemoryError:
        return tensor_text(t)


def std_string(s):
    return s["_M_dataplus"]["_M_p"].string(length=int(s["_M_string_length"]))


def vector_size(v):
    return int(v["_M_impl"]["_M_finish"] - v["_M_impl"]["_M_start"])


def vector_at(v, i):
    return v["_M_impl"]["_M_start"][i]


def bare(type_):
    type_ = type_.strip_typedefs()
    while type_.code in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        type_ = type_.target().strip_typedefs()
    return type_.unqualified()


def engine_name(type_):
    """"Node" for gradus::f32::Node and whatever derives from it, "Tape", "Var" ...; None for other types."""
    type_ = bare(type_)
    if type_.code != gdb.TYPE_CODE_STRUCT or not type_.name:
        return None
    found = re.match(r"gradus::f(?:32|64)::(Tensor|Var|Node|Parameter|Tape)$", type_.name)
    if found:
        return found.group(1)
    if type_.name == "gradus::Shape":
        return "Shape"
    if not type_.name.startswith("gradus::"):
        return None
    return "Node" if any(f.is_base_class and engine_name(f.type) == "Node" for f in type_.fields()) else None


def as_base(value, base):
    """The part of an engine object that is its Node."""
    type_ = bare(value.type)
    if re.match(r"gradus::f(?:32|64)::" + base + "$", type_.name):
        return value
    for field in type_.fields():
        if field.is_base_class and engine_name(field.type) == base:
            return as_base(value.cast(field.type), base)
    raise gdb.GdbError("no " + base)


def op_type(node):
    return node.dynamic_type.name.split("::")[-1]


def call(node, function):
    """What a virtual function of a node tells: it runs in the program."""
    type_ = node.type.strip_typedefs().unqualified().name
    return gdb.parse_and_eval("((%s*)%d)->%s()" % (type_, int(node.address), function)).string()


def op_name(node):
    try:
        return call(node, "op")
    except gdb.error:
        return op_type(node)


def formula(node):
    try:
        return call(node, "formula")
    except gdb.error:
        return ""


def path_of(tape, place):
    return std_string(vector_at(tape["names_"]["places_"], place)["path"]) if place >= 0 else ""


def leaf_name(node):
    """The name of the parameter that a leaf stands for."""
    if int(node["parameter"]) < 0:
        return ""
    entries = node["tape"].dereference()["leaves_"]["entries_"]
    return std_string(vector_at(entries, int(node["parameter"]))["parameter"].dereference()["name_"])


def node_name(node):
    return path_of(node["tape"].dereference(), int(node["address"])) or leaf_name(node)


def inputs_of(node):
    span = node["inputs"]
    size = int(span["_M_extent"]["_M_extent_value"])
    return [span["_M_ptr"][i].dereference() for i in range(size)]


def site(node):
    pointer = node["at"]["_M_impl"]
    if int(pointer) == 0:
        return "?"
    place = pointer.dereference()
    return "%s:%d" % (os.path.basename(place["_M_file_name"].string()), int(place["_M_line"]))


def nodes_of(tape):
    nodes = tape["nodes_"]
    return [vector_at(nodes, i).dereference() for i in range(vector_size(nodes))]


# --- print
class Line:
    """A printer that shows one line of text."""

    def __init__(self, text):
        self.text = text

    def to_string(self):
        return self.text


def node_line(node):
    node = as_base(node, "Node")
    name = node_name(node)
    gradient = "gradient " + brief(node["grad"]) if node["has_grad"] else (
        "no gradient yet" if node["requires_grad"] else "frozen")
    return "#%d %s%s, %s, value %s, %s" % (
        int(node["index"]), op_type(node), " '%s'" % name if name else "", site(node), brief(node["value"]),
        gradient)


def var_line(var):
    if int(var["life_"]) == 0:
        return "Var of nothing"
    if int(var["life_"]["tape"]) == 0:
        return "dead Var: its tape is gone"
    if int(var["generation_"]) != int(var["life_"]["generation"]):
        return "stale Var: its tape was cleared after it was recorded"
    return "Var of " + node_line(var["node_"].dereference())


def parameter_line(p):
    return "'%s' %s, changed %d times" % (std_string(p["name_"]), tensor_text(p["value_"]), int(p["version_"]))


def tape_line(t):
    return "tape of %d nodes, %d parameters move" % (vector_size(t["nodes_"]), vector_size(t["leaves_"]["moving_"]))


LINES = {"Tensor": tensor_text, "Var": var_line, "Node": node_line, "Parameter": parameter_line, "Tape": tape_line,
         "Shape": lambda s: shape_text(shape_of(s))}


def lookup(value):
    if value.type.strip_typedefs().code in (gdb.TYPE_CODE_PTR,):
        return None
    name = engine_name(value.type)
    if not name:
        return None
    if value.type.strip_typedefs().code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        value = value.referenced_value()
    try:
        return Line(LINES[name](value))
    except UNREADABLE as problem:
        return Line("not readable (%s)" % problem)


lookup.__name__ = "gradus"


# --- finding the tape
def variables(frame):
    """The frame's variables from the innermost block out, `this` first where there is one."""
    try:
        yield frame.read_var("this")
    except (ValueError, gdb.error):
        pass
    try:
        block = frame.block()
    except RuntimeError:
        return
    while block and not block.is_global:
        for symbol in block:
            if symbol.is_variable or symbol.is_argument:
                try:
                    yield frame.read_var(symbol, block)
                except (ValueError, gdb.error):
                    pass
        if block.function:
            return
        block = block.superblock


def tape_in(value):
    """The tape that a variable is, points to or belongs to."""
    try:
        name = engine_name(value.type)
        if name not in ("Tape", "Node", "Var"):
            return None
        if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
            value = value.dereference()
        elif value.type.strip_typedefs().code != gdb.TYPE_CODE_STRUCT:
            value = value.referenced_value()
        if name == "Tape":
            return value
        if name == "Var" and int(value["life_"]) == 0:
            return None
        pointer = as_base(value, "Node")["tape"] if name == "Node" else value["life_"]["tape"]
        return pointer.dereference() if int(pointer) else None
    except UNREADABLE + (gdb.GdbError,):
        return None


def plausible(tape):
    try:
        nodes = tape["nodes_"]["_M_impl"]
        return int(nodes["_M_start"]) <= int(nodes["_M_finish"]) and tape["life_"]["tape"] == tape.address and vector_size(
            tape["names_"]["places_"]) > 0 and path_of(tape, 0) == ""
    except UNREADABLE:
        return False


def find_tape(expression=""):
    if expression:
        tape = tape_in(gdb.parse_and_eval(expression))
        if tape is None:
            raise gdb.GdbError("%s is no Tape, Node or Var" % expression)
        return tape
    try:
        frame = gdb.selected_frame()
    except gdb.error:
        raise gdb.GdbError("the program is not running")
    while frame:
        for value in variables(frame):
            tape = tape_in(value)
            if tape is not None and plausible(tape):
                return tape
        frame = frame.older()
    raise gdb.GdbError("no tape here yet: `step` into the code that makes one, or go on with `step-back`, or give one: tape EXPRESSION")


def find_node(wanted):
    tape = find_tape()
    nodes = nodes_of(tape)
    if re.fullmatch(r"#?\d+", wanted):
        index = int(wanted.lstrip("#"))
        if index < len(nodes):
            return nodes[index]
        raise gdb.GdbError("no node #%d: the tape has %d" % (index, len(nodes)))
    for node in nodes:
        if node_name(node) == wanted:
            return node
    raise gdb.GdbError("no node is named '%s' (yet); `tape` lists them" % wanted)


# --- commands
def motion(node):
    if int(node["moving"]) < 0:
        return "" if node["requires_grad"] else "frozen"
    passes = int(vector_at(node["tape"]["leaves_"]["entries_"], int(node["moving"]))["passes"])
    return "moves, sum of %d passes" % passes if passes > 1 else "moves"


class TapeCommand(gdb.Command):
    """tape [EXPRESSION]: the nodes of a tape, a row each. In a backward pass > marks the node that runs, or will run next."""

    def __init__(self):
        super().__init__("tape", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        tape = find_tape(argument)
        running = running_node()
        marked = int(running["index"]) if running is not None else int(tape["cursor_"])
        rows = [("", "op", "name", "shape", "value", "gradient", "", "line")]
        for node in nodes_of(tape):
            index = int(node["index"])
            rows.append((
                (">" if index == marked else "") + str(index), op_name(node), node_name(node),
                shape_text(shape_of(node["value"]["shape_"])), summary(node["value"]),
                summary(node["grad"]) if node["has_grad"] else "", motion(node), site(node)))
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        for row in rows:
            cells = [row[0].rjust(widths[0])] + [cell.ljust(width) for cell, width in zip(row[1:], widths[1:])]
            gdb.write("  ".join(cells).rstrip() + "\n")


def describe(node):
    tape = node["tape"].dereference()
    name, scope = node_name(node), path_of(tape, int(node["scope"]))
    lines = ["#%d %s: %s" % (int(node["index"]), op_name(node), formula(node))]
    if name:
        lines.append("name      " + name)
    if scope:
        lines.append("scope     " + scope)
    lines.append("recorded  " + site(node))
    for i, n in enumerate(inputs_of(node)):
        lines.append("input %d   #%d %s%s %s" % (
            i, int(n["index"]), op_name(n), " '%s'" % node_name(n) if node_name(n) else "", brief(n["value"])))
    lines.append("value     " + tensor_text(node["value"]))
    lines.append("gradient  " + (tensor_text(node["grad"]) if node["has_grad"] else
                                 "none yet" if node["requires_grad"] else "none: frozen"))
    return "\n".join(lines) + "\n"


class NodeCommand(gdb.Command):
    """node NAME or node NUMBER: one node of the tape with its formula, inputs, value and gradient."""

    def __init__(self):
        super().__init__("node", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError("usage: node NAME or node NUMBER")
        gdb.write(describe(find_node(argument.strip())))


def line_below(function, mark):
    """FILE:LINE of the line below the comment "gdb stops below: MARK" in the source of a function of the engine."""
    for real in ("f32", "f64"):
        try:
            found = gdb.decode_line("gradus::%s::%s" % (real, function))[1]
        except gdb.error:
            continue
        if not found or found[0].symtab is None:
            continue
        source = found[0].symtab.fullname()
        try:
            with open(source) as lines:
                for number, line in enumerate(lines, 1):
                    if "// gdb stops below: " + mark in line:
                        return "%s:%d" % (source, number + 1)
        except OSError:
            raise gdb.GdbError("the source is not here: " + source)
        raise gdb.GdbError("%s has no line marked 'gdb stops below: %s'" % (source, mark))
    raise gdb.GdbError("the program has no gradus::%s (yet); start it first" % function)


class BackwardBreak(gdb.Breakpoint):
    """At the engine's call of a node's backward; `wanted` is a node's name or number, or None for every node."""

    def __init__(self, wanted):
        super().__init__(line_below("Tape::step_back", "a node's backward"), internal=wanted is None)
        self.wanted = wanted
        self.silent = wanted is None

    def stop(self):
        node = current_node(gdb.selected_frame())
        if self.wanted is not None and self.wanted not in (node_name(node), str(int(node["index"]))):
            return False
        if self.wanted is not None:
            gdb.write("about to run backward: " + node_line(node) + "\n")
        return True


class EndBreak(gdb.Breakpoint):
    """Where step_back finds no further node: the backward pass is over."""

    def __init__(self):
        super().__init__(line_below("Tape::step_back", "the backward pass is over"), internal=True)
        self.silent = True


class NameBreak(gdb.Breakpoint):
    """Where Tape::name has given a node the wanted name."""

    def __init__(self, wanted):
        super().__init__(line_below("Tape::name", "a value has been given a name"))
        self.wanted = wanted

    def stop(self):
        frame = gdb.selected_frame()
        tape = frame.read_var("this").dereference()
        given = tape["names_"]["given_"]
        place = int(vector_at(given, vector_size(given) - 1))
        if path_of(tape, place) != self.wanted:
            return False
        value = int(vector_at(tape["names_"]["places_"], place)["value"])
        gdb.write("computed: " + node_line(vector_at(tape["nodes_"], value).dereference()) + "\n")
        return True


def current_node(frame):
    """The node whose backward the engine calls, in a frame of Tape::step_back: it has moved its cursor past it."""
    tape = frame.read_var("this").dereference()
    return vector_at(tape["nodes_"], int(tape["cursor_"]) + 1).dereference()


class BreakNodeCommand(gdb.Command):
    """break-node NAME: halt where a node gets this name, and where its backward is about to run.
A number halts at the backward of the node with that number."""

    def __init__(self):
        super().__init__("break-node", gdb.COMMAND_BREAKPOINTS)

    def invoke(self, argument, from_tty):
        wanted = argument.strip().lstrip("#")
        if not wanted:
            raise gdb.GdbError("usage: break-node NAME or break-node NUMBER")
        BackwardBreak(wanted)
        if not wanted.isdigit():
            NameBreak(wanted)


class StepBackCommand(gdb.Command):
    """step-back: run one node's backward and halt before the next one's. Shows the gradients that it wrote, and what
comes next. Outside a backward pass it goes on to the first node of the next one."""

    def __init__(self):
        super().__init__("step-back", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        before = running_node()
        added = BackwardBreak(None), EndBreak()
        try:
            gdb.execute("continue", to_string=True)
        finally:
            for breakpoint in added:
                breakpoint.delete()
        try:
            gdb.selected_frame()
        except gdb.error:
            gdb.write("the program has ended\n")
            return
        if before is not None:
            gdb.write("ran   #%d %s\n" % (int(before["index"]), formula(before)))
            for i in {int(i["index"]): i for i in inputs_of(before) if i["requires_grad"]}.values():
                gdb.write("      gradient of #%d %s is now %s\n" % (
                    int(i["index"]), node_name(i) or op_name(i), brief(i["grad"])))
        if not in_step_back(gdb.selected_frame()):
            gdb.execute("frame")
        elif running_node() is None:
            gdb.write("the backward pass is over\n")
        else:
            gdb.write("next  " + node_line(running_node()) + "\n")


def in_step_back(frame):
    return (frame.name() or "").endswith("Tape::step_back")


def running_node():
    """The node that the backward pass runs now or is about to run; None outside of one. It is found in the selected
frame or one that called it: a node's own backward, or the engine's loop."""
    try:
        frame = gdb.selected_frame()
    except gdb.error:
        raise gdb.GdbError("the program is not running")
    while frame and not in_step_back(frame):
        if (frame.name() or "").endswith("::backward"):
            try:
                node = frame.read_var("this").dereference()
                if engine_name(node.type) == "Node":
                    return as_base(node, "Node")
            except (ValueError, gdb.error):
                pass
        frame = frame.older()
    if not frame:
        return None
    try:
        node = current_node(frame)
        return node if inputs_of(node) else None
    except (ValueError, gdb.error):
        return None


install_skips()
gdb.pretty_printers = [p for p in gdb.pretty_printers if getattr(p, "__name__", "") != "gradus"] + [lookup]
for command in (TapeCommand, NodeCommand, BreakNodeCommand, StepBackCommand):
    command()
