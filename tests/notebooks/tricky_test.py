#!/usr/bin/python3
"""Runs a file of cells that are hard to cut, and compares each with what C++ has for it. tricky_test.py FILE.cells BUILD

Status 77 where the file is not there."""
import sys
import unittest
from pathlib import Path

if not Path(sys.argv[1]).is_file():
    print(f"skipped: there is no {sys.argv[1]}")
    sys.exit(77)
from cells import GNU, error, main, run, text

# What each cell shows, worked out by hand; None: it is meant to fail.
EXPECTED = [
    [], [], ["21.85987"], None, ['"a;b{c}//!"'], ["9.25"], ["3"], ["4"], ["15"], ["{ { 10, 2 }, { 3 } }"],  # 1 to 10
    ["6"], ["7"], [], ["7.14159"], ["two"], ['{ ("x", 2), ("y", 1) }'], ["42"], ["43"], ["0 1 1 2 3 ", "0"], ["zero\n"],
    ["2"], ["3.5"], ["7.5"], ["5.5"], ["4"], ["7"], ["100"], None, None, ["3"],  # 21 to 30
    ["1"], ["true"], ["21"], ['raw "string" ; } {\n;\n'], ["4\n", "3"], ["15"], ["18"], ["{ 0, 1, 2 }"], ["1099511627775"], ["(1, 2)"],
    [], ["0"], ['"b"'], ["15"], ["true"], [], ["no newline"], None, ["{ 7, 7, 7 }"], ["12.56636"]]  # 41 to 50
FAILURES = {4: "CompileError: .*(no match for ‘operator<<’|invalid operands)", 28: "std::runtime_error: in an initializer",
            29: "CompileError: .*(not declared|undeclared)", 48: "CompileError: .*non-local lambda expression cannot have a capture-default"}
if not GNU:
    EXPECTED[23] = None  # Clang 16 has no deduction guides for aggregates
    FAILURES[24] = "CompileError: .*no viable constructor or deduction guide"
    EXPECTED[41] = None  # the processor is asked to divide by zero; GCC answers 1 / x by comparisons
    FAILURES[42] = "Signal: Floating point exception"


class Tricky(unittest.TestCase):
    def test_every_cell(self):
        cells = Path(sys.argv[1]).read_text().split("//%%\n")
        self.assertEqual(len(cells), len(EXPECTED))
        for n, (cell, expected, out) in enumerate(zip(cells, EXPECTED, run(*[c.strip("\n") for c in cells])), 1):
            with self.subTest(n=n, cell=cell):
                if expected is None:
                    self.assertRegex(error(out), FAILURES[n])
                else:
                    self.assertEqual(text(out), expected)


if __name__ == "__main__":
    main()
