#!/usr/bin/env python3
"""Tests the mutation tool: that it finds the backward passes and that its mutants are other code.

    tool_test.py [build folder]      with a build folder: one file is compiled with its mutants, and all of them are run
"""
import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import mutate
from cpp_source import Source, backward_passes
from killers import Killers, gradient_cases
from operators import mutants
from schemata import Library, blamed

BUILD = Path(sys.argv.pop()).resolve() if len(sys.argv) > 1 else None


def changes(body, operator):
    source = Source("a.cpp", "struct A : Node {\n  void backward() override { " + body + " }\n};\n")
    return {m.after.split("{ ", 1)[1].rsplit(" }", 1)[0].strip() for m in mutants(backward_passes([source])) if m.operator == operator}


class Sites(unittest.TestCase):
    def test_every_backward_pass_has_mutants(self):
        found = mutate.all_mutants()
        self.assertGreaterEqual(len(found), 200)
        with_some = {(m.path, m.function.full_name) for _, m in found}
        for path in sorted((mutate.ROOT / "autograd/ops").glob("*.cpp")):
            ops = re.findall(r"struct (\w+)[^;{]*{(?:(?!\nstruct ).)*?void backward\(\)", path.read_text(), re.DOTALL)
            self.assertTrue(ops or path.name == "views.cpp", path)  # which is made of other ops
            for op in ops:
                self.assertIn((f"autograd/ops/{path.name}", f"{op}::backward"), with_some)
        for helper in "Conv2dOp::weight_gradient", "Node::accumulate", "sum_rows", "add_weight_gradient", "add_input_gradient", "Tape::begin_backward":
            self.assertIn(helper, {name for _, name in with_some})

    def test_what_a_forward_pass_calls_is_left_out(self):
        names = {m.function.name for _, m in mutate.all_mutants()}
        self.assertFalse(names & {"forward", "sum_to", "expand", "product", "softmax_row", "gather", "assign"})

    def test_keys_name_one_mutant_each(self):
        keys = [m.key for _, m in mutate.all_mutants()]
        self.assertEqual(len(keys), len(set(keys)))


class Operators(unittest.TestCase):
    def test_each(self):
        self.assertEqual(changes("give(0, a - b);", "sign"), {"give(0, a + b);", "give(0, -(a - b));"})
        self.assertEqual(changes("give(0, a - b);", "term"), {"give(0, a );", "give(0, - b);"})
        self.assertEqual(changes("give(0, a / b);", "factor"), {"give(0, a * b);", "give(0, a );", "give(0, 2 * (a / b));"})
        self.assertEqual(changes("give(0, a);", "index"), {"give(1, a);"})
        self.assertEqual(changes("give(i, a);", "statement"), {";"})
        self.assertEqual(changes("if (!needs(i)) return; x;", "statement"), {"; x;", "if (!needs(i)) return; ;"})
        self.assertEqual(changes("std::fill(x, y, a);", "statement"), {";"})
        self.assertEqual(changes("std::vector<Real> x(n);", "statement"), set())
        self.assertEqual(changes("x += y;", "assign"), {"x = y;"})
        self.assertEqual(changes("f(to.add);", "assign"), {"f(true);", "f(false);"})
        self.assertEqual(changes("f(x.exp());", "function"), {"f(x);"})
        self.assertEqual(changes("f(negative(x));", "function"), {"f((x));"})
        self.assertEqual(changes("product(A(), G.t(), 1);", "transposed"),
                         {"product(A().t(), G.t(), 1);", "product(A(), G, 1);", "product(G.t(), A(), 1);"})
        self.assertEqual(changes("if (a < b) x[i] = y;", "off by one"), {"if (a <= b) x[i] = y;", "if (a < b) x[i + 1] = y;"})
        self.assertEqual(changes("x[back[i]] = y;", "lookup"), {"x[(i)] = y;"})
        self.assertEqual(changes("if (a == b) x = y;", "condition"), {"if (a != b) x = y;"})
        self.assertEqual(changes("f(array(grad));", "tensor"), {"f(array(value));"})

    def test_refusals_and_numbers_of_threads_are_not_changed(self):
        self.assertEqual(changes('if (a < b) throw Error("a < b");', "off by one"), set())
        self.assertEqual(changes("product(a, b, 1);", "index"), set())


class Schemata(unittest.TestCase):
    def test_the_compilers_errors_name_the_mutant(self):
        inside = "/usr/include/eigen3/x.h:1:1: error: static assertion failed\n"
        self.assertEqual(blamed("mutant:7:30: error: no\n"), {7})
        self.assertEqual(blamed("mutant:8:1:   required from 'a'\nmutant:9:1:   required from here\n" + inside), {8})

    def test_tests_with_a_gradient_check_are_found(self):
        names = [name for _, name in gradient_cases(mutate.ROOT)]
        self.assertIn("gradients of shape ops", names)  # by require_gradient
        self.assertIn("conv2d: gradients", names)       # by gradcheck
        self.assertNotIn("conv2d: by hand", names)

    @unittest.skipUnless(BUILD, "needs a build folder")
    def test_mutants_die_and_unchanged_code_lives(self):
        chosen = mutate.selected(mutate.all_mutants(), "ops/dropout.cpp")
        with tempfile.TemporaryDirectory() as folder:
            library = Library(mutate.ROOT, BUILD, Path(folder))
            library.make(chosen, 1, lambda text: None)
            killers = Killers(mutate.ROOT, BUILD)
            command = [killers.checks, "dropout"]
            self.assertEqual(killers._run(command, library, 0, 60)[0], 0)
            live = [n for n, _ in chosen if n not in library.stillborn]
            self.assertGreaterEqual(len(live), 3)
            for n in live:
                self.assertNotEqual(killers._run(command, library, n, 60)[0], 0, n)


if __name__ == "__main__":
    unittest.main()
