#!/usr/bin/python3
"""Tests the notebooks' kernel through nbconvert: kernel_test.py BUILD. Status 77 where Jupyter is not installed."""
import re
import threading
import time
import unittest
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from tempfile import TemporaryDirectory

from cells import GNU, GRADUS, ROOT, client, error, main, new_notebook, run, text
from glossary import Glossary
from items import items
from nbformat.v4 import output_from_msg
from session import refers_to


class Cells(unittest.TestCase):
    def test_values_and_prints_in_their_order(self):
        out = run("#include <iostream>\n#include <vector>\n#include <xcpp/xdisplay.hpp>", "int x = 41;",
                  'std::cout << "a\\n"; xcpp::display(x); std::cout << "b\\n";\nx + 1', "std::vector<int>{1, 2}", "x;")
        self.assertEqual([text(o) for o in out], [[], [], ["a\n", "41", "b\n", "42"], ["{ 1, 2 }"], []])

    def test_a_compile_error_points_at_the_cells_line(self):
        out = run("int good = 1;\nint bad = \"text\";", "int good = 2; good")
        self.assertEqual(out[0][0].split(": ")[0], "CompileError")
        self.assertIn("In[1]:2:11: error: invalid conversion" if GNU else "In[1]:2:5: error: cannot init", out[0][1])
        self.assertIn('    2 | int bad = "text";\n' if GNU else 'int bad = "text";\n', out[0][1])
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
        self.assertEqual(out[4], [])
        self.assertIn("was not declared" if GNU else "undeclared", out[5][0])
        self.assertIn("\np was made from an older P: run its cell again.", out[5][1])
        self.assertEqual(text(out[6]), ["3"])

    def test_what_a_cell_may_hold(self):
        """../kernel: lambdas that are kept, templates, namespaces, bindings, the C library's names, #if."""
        out = run("#include <utility>\nauto twice = [](auto x) { return 2 * x; };\nauto make(int k) { return [k](int v) { return k * v; }; }\nauto triple = make(3);\nconst auto half = [](double x) { return x / 2; };\ndouble of(auto f, double x) { return f(x); }",
                  "twice(2.5) + triple(5) + of(half, 4) - of([](double x) { return x; }, 2)", "auto [lo, hi] = std::pair{1, 2.5};", "lo = 5; lo + hi",
                  "template <class T> T total(T t) { return t; }\ntemplate <class T, class... R> T total(T t, R... r) { return t + total(r...); }",
                  "total(1, 2, 3)", "namespace a { double unit = 1; }\nnamespace a { struct Q { int q = 2; }; }", "a::unit + a::Q{}.q",
                  "int round = 3; static int hidden = 4; const int fixed = 5;", "round + hidden + fixed",
                  "#define TWO 2\n#if TWO == 2\nint two = 2;\n#else\nint two = 3;\n#endif\ntwo",
                  "int i = 0;\nwhile (i < 3) ++i;\nif (i == 3) { i = 30; } else i = 4;\ni")
        self.assertEqual([text(o)[0] for o in out[1::2]][:5], ["20", "7.5", "6", "3", "12"])
        self.assertEqual([text(o) for o in out[10:]], [["2"], ["30"]])

    def test_what_uses_a_redefined_name_is_not_called_in_its_older_form(self):
        """What a reader does most: a number changed, the cells below it run again. A function of the older one would answer as before."""
        out = run("double rate = 0.25;", "auto step = [](double x) { return x - rate * 2 * x; };\ndouble twice(double x) { return step(step(x)); }\ntwice(1)",
                  "double other(const double& rate, int k = 2) { return k * rate; }", "double rate = 0.125;", "twice(1)", "step(1)", "other(3)",
                  "auto step = [](double x) { return x - rate * 2 * x; };\nstep(1)", "double twice(double x) { return step(step(x)); }\ntwice(1)")
        self.assertEqual([text(out[k]) for k in (1, 3, 6, 7, 8)], [["0.25"], [], ["6"], ["0.75"], ["0.5625"]])
        self.assertIn("\ntwice was made from an older step: run its cell again.", out[4][1])
        self.assertIn("\nstep was made from an older rate: run its cell again.", out[5][1])

    def test_a_definition_that_is_run_again_unchanged_keeps_what_was_made_with_it(self):
        out = run("int n = 1;\nstruct P { int a = n; };\ntemplate <class T> T same(T t) { return t; }\nint f() { return n; }", "P p; p.a = 5;",
                  "struct P { int a = n; };\ntemplate <class T> T same(T t) { return t; }\nint f() { return n; }", "same(p.a) + f()",
                  "int n = 2;", "p.a", "struct P { int a = n; };\nint f() { return n; }", "P q; q.a + f()")
        self.assertEqual([text(out[k]) for k in (2, 3, 6, 7)], [[], ["6"], [], ["4"]])
        self.assertIn("p was made from an older P: run its cell again.", out[5][1])  # and P from the older n

    def test_names_from_elsewhere(self):
        for source, known, not_there in [
                ("double f(const Tensor& x, int k = n) { return x[0] * k * a * b; }", {"n", "a", "b"}, {"x", "k"}),
                ("auto f = [](Tape& t) { for (int i = 0; i < n; ++i) t.leaf(w); };", {"n", "w"}, {"t", "i", "leaf"}),
                ("auto f = [=](double y) { if (y > limit) return y; else last = y; std::vector<int> v; return last; };", {"limit", "last"}, {"y", "v"}),
                ("template <class T> struct Box { T value; P made; };", {"P"}, {"T", "value", "made"})]:
            found = refers_to(source)
            self.assertLessEqual(known, found, source)
            self.assertFalse(not_there & found, source)

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
        with client() as c:
            c.run("int length_of_mine = 1;")
            def matches(code):
                return c.client.complete(code, reply=True, timeout=30)["content"]["matches"]
            self.assertIn("length_of_mine", matches("int y = length_"))
            self.assertIn("layer_norm", matches("Var v = layer_"))
            self.assertIn("backward", matches("t.backw"))
            self.assertEqual(matches("surely_not_there_"), [])

    def test_a_name_under_the_cursor(self):
        """Shift-Tab in the browser."""
        with client() as c:
            def shown(code, cursor):
                return c.client.inspect(code, cursor, reply=True, timeout=30)["content"]
            self.assertIn("biased variance", shown("Var y = layer_norm(x, g, b);", 12)["data"]["text/plain"])
            self.assertFalse(shown("Var y = nothing_of_that_name(x);", 12)["found"])


class Interrupts(unittest.TestCase):
    def interrupted(self, c, code):
        """How a cell ends that is interrupted 0.2 s after it printed "runs"."""
        start = time.time()
        ended, _ = c.run(code, on_text=lambda text: threading.Timer(0.2, c.manager.interrupt_kernel).start() if "runs" in text else None)
        self.assertLess(time.time() - start, 30)
        return ended

    def test_an_interrupt_ends_the_cell_and_leaves_the_state(self):
        with client() as c:
            c.run(GRADUS + "\n#include <iostream>\nint kept = 7;")
            self.assertEqual(self.interrupted(c, 'kept = 8; std::cout << "runs" << std::flush; for (volatile long i = 0;;) i = i + 1;'),
                             "Signal: Interrupt")
            self.assertEqual(c.run("kept"), ("ok", "7"))
            # Inside the library, with threads at work.
            self.assertEqual(self.interrupted(c, 'std::cout << "runs" << std::flush;\nfor (;;) { Tape t({}, 2); exp(t.constant(Tensor::full({500, 500}, 1))); }'),
                             "Signal: Interrupt")
            self.assertEqual(c.run("Tape t({}, 2);\nsum(t.constant(Tensor::full({400, 400}, 1))).item() + kept"), ("ok", "160007"))


class Runner(unittest.TestCase):
    """notebooks/run"""

    def module(self):
        loader = SourceFileLoader("run", str(ROOT / "notebooks/run"))
        module = module_from_spec(spec_from_loader("run", loader))
        loader.exec_module(module)
        return module

    def test_a_page_shows_formulas_on_another_machine(self):
        with TemporaryDirectory() as folder:
            self.module().write_page(new_notebook(["int x;"]), Path(folder) / "pages/one.html")
            page = (Path(folder) / "pages/one.html").read_text()
        self.assertTrue("https://cdnjs.cloudflare.com/ajax/libs/mathjax/" in page)
        self.assertFalse("file://" in page)

    def test_three_digits_and_no_times(self):
        compare = self.module()
        for stored, now in [("loss 1.2345", "loss 1.2350"), ("took 3 ms", "took 17.5 ms"), ("error 1e-13", "error -3e-14"), ("x1 = 2", "x1 = 2.0"), ("", "")]:
            self.assertEqual(compare.differs(stored, now), "")
        for stored, now in [("loss 1.23", "loss 1.24"), ("HOLDS", "FAILS"), ("3 of 4", "3 of 5"), ("x1 = 2", "x2 = 2"), ("a 1", "a"), ("0", "0.001")]:
            self.assertNotEqual(compare.differs(stored, now), "", (stored, now))

        def notebook_of(*shown):
            notebook = new_notebook(["x"])
            notebook.cells[0].outputs = [output_from_msg({"header": {"msg_type": "stream"}, "content": {"name": "stdout", "text": text}}) for text in shown]
            return notebook
        self.assertEqual(compare.compare(notebook_of("a", "b"), notebook_of("ab")), [])  # the pieces that a text comes in vary
        self.assertEqual(len(compare.compare(notebook_of("a"), notebook_of("b"))), 1)
        self.assertEqual(len(compare.compare(notebook_of("a"), notebook_of())), 1)


if __name__ == "__main__":
    main()
