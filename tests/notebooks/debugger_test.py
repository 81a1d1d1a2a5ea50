#!/usr/bin/python3
"""Tests %debug: gdb on the running kernel, by the line that it prints. debugger_test.py BUILD; with a library built with -g also steps into it.

DEBUGGER_TRANSCRIPT=FILE keeps what gdb showed. Status 77 where gdb is missing or may not attach."""
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import unittest

from cells import BUILD, GRADUS, client, main

GDB = subprocess.run(["sh", "-c", "gdb -nx -batch -ex 'python print(6 * 7)'"], capture_output=True, text=True).stdout
if "42" not in GDB:
    print("skipped: no gdb with Python here")
    sys.exit(77)

# The backward pass as a cell, which gdb can step through: what t.backward(loss) does.
LOOP = """// from the last node to the first
for (Node* n : t.nodes() | std::views::reverse)
  if (n->has_grad && !n->inputs.empty())
    n->backward();
t.grad(w)"""
CELLS = [GRADUS + '\n#include <ranges>\nParameter w("w", Tensor({1, 2}, {1, 2}));', "Tape t({&w});",
         "Var loss = sum(square(matmul(t.leaf(w), t.constant(Tensor({2, 1}, {3, 4})))));\nt.begin_backward(loss, Tensor::full({}, 1));", LOOP]  # %debug is In[4]


def settings(name):
    return json.loads((BUILD / "notebooks/settings.json").read_text())[name]


def session(commands):
    """What gdb shows while the last of CELLS runs, each command behind its prompt."""
    with client() as c:
        for cell in CELLS[:-1]:
            ended, _ = c.run(cell)
            assert ended == "ok", ended
        _, line = c.run("%debug")
        assert line.count("\n") == 1, line
        script = ["echo attached\\n"] + [x for command in commands for x in (f"echo (gdb) {command}\\n", command)]
        gdb = subprocess.Popen(shlex.split(line) + ["-batch", "-ex", "set width 0"] + [x for command in script for x in ("-ex", command)],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
        limit = threading.Timer(200, gdb.kill)
        limit.start()
        seen = ""
        while "attached" not in seen:
            more = gdb.stdout.readline()
            if not more or "ptrace: " in seen:
                print("skipped: gdb may not attach here:\n" + seen)
                os._exit(77)
            seen += more
        ended, shown = c.run(CELLS[-1], seconds=240)
        seen += gdb.stdout.read()
        gdb.wait()
        limit.cancel()
    return line, ended, shown, seen


class Debugger(unittest.TestCase):
    def test_a_breakpoint_in_a_cell(self):
        _, ended, shown, seen = session(["break -source 'In[5]' -line 4", "continue", "print In1::w", "print In2::t", "info line", "delete", "detach"])
        self.assertEqual((ended, shown), ("ok", "(1, 2) [66, 88]"), seen)
        self.assertRegex(seen, r"(?m)^4\s+n->backward\(\);$")  # the cell's text is found
        self.assertIn("'w' (1, 2) [[1, 2]]", seen)               # and the printers are loaded
        self.assertIn("tape of 5 nodes, 1 parameters move", seen)

    @unittest.skipUnless(settings("steps"), "this library was built without -g")
    def test_one_step_from_a_cell_into_an_ops_backward(self):
        commands = ["break -source 'In[5]' -line 4", "continue", "step", "print grad", "continue", "step", "continue", "step", "print value", "tape",
                    "delete", "detach"]
        line, ended, shown, seen = session(commands)
        self.assertEqual((ended, shown), ("ok", "(1, 2) [66, 88]"), seen)
        parts = seen.split("\n(gdb) ")[1:]
        for part, node in ((2, "Sum"), (5, "Square"), (7, "MatMul")):
            self.assertRegex(parts[part], node + r"::backward \(this=.*\) at .*autograd/ops/\w+\.cpp:\d+\n\d+\s")
        self.assertIn("= () 1", parts[3])
        self.assertIn("(1, 1) [[11]]", parts[8])
        self.assertRegex(parts[9], r"(?m)^>2 +matmul .* 22 ")
        if path := os.environ.get("DEBUGGER_TRANSCRIPT"):
            with open(path, "w") as file:
                file.write(line + re.sub(r"this=0x[0-9a-f]+", "this=...", seen))


if __name__ == "__main__":
    main()
