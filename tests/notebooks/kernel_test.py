#!/usr/bin/python3
"""Tests the notebooks' kernel through nbconvert: kernel_test.py BUILD. Status 77 where Jupyter is not installed."""
import re
import shlex
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "notebooks"), str(ROOT / "notebooks/kernel")]
try:
    import ipykernel, nbconvert  # noqa: F401
except ImportError as e:
    print(f"skipped: {e}: apt-get install python3-ipykernel jupyter-nbconvert")
    sys.exit(77)
from glossary import Glossary
from items import items
from notebook import execute, new_notebook

BUILD = Path(sys.argv.pop()).resolve()
GRADUS = '#include "autograd/error.h"\n#include "autograd/ops.h"\n#include "autograd/tape.h"\nusing namespace gradus;'


def run(*cells):
    """What each cell showed: results, displays and streams in order, errors as "ENAME: EVALUE"; tracebacks in .said."""
    notebook = execute(new_notebook(cells), BUILD, stop_at_error=False)
    found = []
    for cell in notebook.cells:
        out = []
        for o in cell.outputs:
            if o.output_type == "stream":
                out.append(o.text)
            elif o.output_type == "error":
                out.append(f"{o.ename}: {o.evalue}")
                out.append("\n".join(o.traceback))
            else:
                out.append(o.data)
        found.append(out)
    return found


def error(out):
    """ "ENAME: EVALUE" of a cell that failed, past the compiler's warnings."""
    return next(o for o in out if isinstance(o, str) and re.match(r"[\w:]+: ", o) and "warning" not in o)


def text(out):
    return [o["text/plain"] if isinstance(o, dict) else o for o in out]


class Cells(unittest.TestCase):
    def test_values_and_prints_in_their_order(self):
        out = run("#include <iostream>\n#include <vector>\n#include <xcpp/xdisplay.hpp>", "int x = 41;",
                  'std::cout << "a\\n"; xcpp::display(x); std::cout << "b\\n";\nx + 1', "std::vector<int>{1, 2}", "x;")
        self.assertEqual([text(o) for o in out], [[], [], ["a\n", "41", "b\n", "42"], ["{ 1, 2 }"], []])

    def test_a_compile_error_points_at_the_cells_line(self):
        out = run("int good = 1;\nint bad = \"text\";", "int good = 2; good")
        self.assertEqual(out[0][0].split(": ")[0], "CompileError")
        self.assertIn("In[1]:2:11: error: invalid conversion" if "GNU" in COMPILER else "In[1]:2:5: error: cannot init", out[0][1])
        self.assertIn('    2 | int bad = "text";\n' if "GNU" in COMPILER else 'int bad = "text";\n', out[0][1])
        self.assertIn("^", out[0][1])
        self.assertEqual(text(out[1]), ["2"])

    def test_state_survives_every_kind_of_failure(self):
        out = run("#include <csignal>\n#include <cstdlib>\n#include <stdexcept>\n#include <vector>\nint n = 1;\nstd::vector<int> v{1, 2, 3};",
                  "n = 2; throw std::runtime_error(\"mine\");", "n",               # an exception leaves what came before it
                  "n = 3; volatile int* null = nullptr; *null = 1;", "n",           # a crash leaves nothing
                  "n = 4; std::exit(5);", "n",
                  "n = 5; std::abort();", "n",
                  "n = 6; raise(SIGINT);", "n",                                     # what an interrupt does
                  "int deep(int k) { return k + deep(k + 1); }\nn = deep(1);", "n",
                  "n = 7; throw 3;", "n", "v.size()")
        self.assertEqual([error(o) for o in out[1::2][:7]],
                         ["std::runtime_error: mine", "Signal: Segmentation fault", "Exit: the cell ended the process",
                          "Signal: Aborted", "Signal: Interrupt", "Signal: Segmentation fault", "int: not derived from std::exception"])
        self.assertEqual([text(o)[0] for o in out[2:15:2]], ["2", "2", "2", "2", "2", "2", "7"])
        self.assertEqual(text(out[15]), ["3"])

    def test_redefinition(self):
        out = run("int f() { return 1; }\nint x = 1;\nstruct P { int a = 1; };\nP p;", "f() + x + p.a",
                  "int f() { return 10; }\ndouble x = 2.5;", "f() + x", "struct P { int a = 1, b = 2; };", "p.a", "P q; q.a + q.b")
        self.assertEqual(text(out[1]), ["3"])
        self.assertEqual(text(out[3]), ["12.5"])
        self.assertEqual(text(out[4]), ["no longer known, being made from the older one: p\n"])
        self.assertIn("was not declared" if "GNU" in COMPILER else "undeclared", out[5][0])
        self.assertEqual(text(out[6]), ["3"])

    def test_what_a_cell_may_hold(self):
        """../kernel: lambdas that are kept, templates, namespaces, bindings, the C library's names, #if."""
        out = run("#include <utility>\nauto twice = [](auto x) { return 2 * x; };\nauto make(int k) { return [k](int v) { return k * v; }; }\nauto triple = make(3);",
                  "twice(2.5) + triple(5)", "auto [lo, hi] = std::pair{1, 2.5};", "lo = 5; lo + hi",
                  "template <class T> T total(T t) { return t; }\ntemplate <class T, class... R> T total(T t, R... r) { return t + total(r...); }",
                  "total(1, 2, 3)", "namespace a { double unit = 1; }\nnamespace a { struct Q { int q = 2; }; }", "a::unit + a::Q{}.q",
                  "int round = 3; static int hidden = 4; const int fixed = 5;", "round + hidden + fixed",
                  "#define TWO 2\n#if TWO == 2\nint two = 2;\n#else\nint two = 3;\n#endif\ntwo",
                  "int i = 0;\nwhile (i < 3) ++i;\nif (i == 3) { i = 30; } else i = 4;\ni")
        self.assertEqual([text(o)[0] for o in out[1::2]][:5], ["20", "7.5", "6", "3", "12"])
        self.assertEqual([text(o) for o in out[10:]], [["2"], ["30"]])

    def test_two_functions_that_differ_by_const_are_two(self):
        kinds = [(i.kind, i.signature) for i in items("int f(int& x) { return x; }\nint f(const int& x) { return x; }")]
        self.assertEqual(kinds, [("function", "int &"), ("function", "const int &")])


class Library(unittest.TestCase):
    def test_the_library_its_errors_and_its_threads(self):
        out = run(GRADUS + '\nParameter w("w", Tensor({2}, {1, 2}));', "Tape t({&w}, 2);\nVar loss = sum(square(t.leaf(w)));\nt.backward(loss);\nt.grad(w)[1]",
                  "matmul(t.leaf(w), t.leaf(w) + 1, 3);", "Tape u({}, 2);\nreshape(u.constant(Tensor::zeros({2, 3})), {4});", "sizeof(Real)")
        self.assertEqual(text(out[1]), ["4"])
        self.assertEqual(out[2][0].split(":")[0], "CompileError")
        self.assertRegex(out[3][0], r"^gradus::Error: reshape: .*, at In\[4\]:2$")
        self.assertEqual(text(out[4]), ["4"])

    def test_double(self):
        out = run("#define GRADUS_DOUBLE\n" + GRADUS, "sizeof(Real)")
        self.assertEqual(text(out[1]), ["8"])

    def test_threads_survive_a_crash(self):
        sums = "Tape t{2 > 1 ? Parameters{} : Parameters{}, 2};\nsum(t.constant(Tensor::full({400, 400}, 1))).item()"
        out = run(GRADUS, sums, "volatile int* null = nullptr; *null = 1;", sums)
        self.assertEqual(text(out[1]), ["160000"])
        self.assertEqual(text(out[3]), ["160000"])


class Help(unittest.TestCase):
    def test_a_name_shows_the_headers_comment(self):
        out = run("?layer_norm", "?Tape::clear", "int mine(int k) { return k; }", "mine?", "?nothing_of_that_name")
        self.assertIn("biased variance, as in PyTorch", out[0][0])
        self.assertIn("autograd/ops.h:", out[0][0])
        self.assertIn("forgets all nodes", out[1][0])
        self.assertIn("int mine(int k);", out[3][0])
        self.assertEqual(out[4], ["Neither the headers nor this notebook know nothing_of_that_name.\n"])

    def test_every_op_has_a_word_in_the_glossary(self):
        known = Glossary(ROOT)
        ops = set(re.findall(r"^GRADUS_API Var (\w+)\(", (ROOT / "autograd/ops.h").read_text(), re.MULTILINE))
        self.assertGreater(len(ops), 40)
        self.assertEqual([op for op in sorted(ops) if "autograd/ops.h" not in known.explain(op)], [])

    def test_completion(self):
        from jupyter_client.manager import start_new_kernel
        manager, client = start_new_kernel(kernel_name="xcpp20")
        try:
            client.execute_interactive("int length_of_mine = 1;", timeout=60)
            def matches(code):
                return client.complete(code, reply=True, timeout=30)["content"]["matches"]
            self.assertIn("length_of_mine", matches("int y = length_"))
            self.assertIn("layer_norm", matches("Var v = layer_"))
            self.assertIn("backward", matches("t.backw"))
            self.assertEqual(matches("surely_not_there_"), [])
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)

    def test_an_interrupt_ends_the_cell_and_leaves_the_state(self):
        import threading
        import time
        from jupyter_client.manager import start_new_kernel
        manager, client = start_new_kernel(kernel_name="xcpp20")

        def when_it_runs(message):
            if message["content"].get("text") == "runs":
                threading.Timer(0.2, manager.interrupt_kernel).start()

        try:
            client.execute_interactive("#include <iostream>\nint kept = 7;", timeout=60)
            start = time.time()
            reply = client.execute_interactive('kept = 8; std::cout << "runs" << std::flush; for (volatile long i = 0;;) i = i + 1;',
                                               timeout=60, output_hook=when_it_runs)
            self.assertEqual((reply["content"]["ename"], reply["content"]["evalue"]), ("Signal", "Interrupt"))
            self.assertLess(time.time() - start, 30)
            shown = []
            client.execute_interactive("kept", timeout=60, output_hook=lambda m: shown.append(m["content"]))
            self.assertIn({"text/plain": "7"}, [s.get("data") for s in shown], shown)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


class Debugger(unittest.TestCase):
    @unittest.skipUnless(shutil.which("gdb"), "gdb is not installed")
    def test_a_breakpoint_in_a_cell_by_the_line_that_debug_prints(self):
        from jupyter_client.manager import start_new_kernel
        manager, client = start_new_kernel(kernel_name="xcpp20")
        try:
            client.execute_interactive(GRADUS + '\nParameter w("w", Tensor({2}, {1, 2}));\nint watched = 41;', timeout=60)
            said = []
            client.execute_interactive("%debug", timeout=60, output_hook=lambda m: said.append(m["content"].get("text", "")))
            command = "".join(said)
            self.assertEqual(command.count("\n"), 1)
            script = ["echo attached\\n", "break -source 'In[3]' -line 2", "continue", "print In1::watched", "print In1::w", "print before", "info line", "delete", "detach"]
            gdb = subprocess.Popen(shlex.split(command) + ["-batch"] + [x for line in script for x in ("-ex", line)],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
            seen = ""
            while "attached" not in seen:
                seen += gdb.stdout.readline()
            reply = client.execute_interactive("int before = watched;\nint after = before + 1;\nafter", timeout=120)
            seen += gdb.communicate(timeout=60)[0]
            self.assertEqual(reply["content"]["status"], "ok")
            self.assertIn("$1 = 41", seen)
            self.assertIn("(2) [1, 2]", seen)      # the printers are loaded
            self.assertRegex(seen, r"int after = before \+ 1;")  # and the cell's text is found
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    import json
    import os
    from notebook import jupyter_path
    os.environ.update(jupyter_path(BUILD))
    COMPILER = json.loads((BUILD / "notebooks/settings.json").read_text())["compiler_id"]
    unittest.main(verbosity=1)
