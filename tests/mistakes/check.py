#!/usr/bin/env python3
"""Compiles every beginner's mistake in this folder and reads what the compiler says.

    check.py COMPILER [FLAG...]

The first line of a file names what the first error must say: what to do. There may be at most three errors, and where the
first line names nothing, none."""

import concurrent.futures
import pathlib
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
command = sys.argv[1:] + ["-std=c++20", "-fsyntax-only", "-I", str(here.parent.parent)]


def check(source):
    expected = source.read_text().splitlines()[0].removeprefix("// expect:").strip()
    done = subprocess.run(command + [str(source)], capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    errors = [line for line in done.stderr.splitlines() if "error:" in line]
    if not expected:
        return f"{source.name}: expected no error" if done.returncode else None
    if not errors or expected not in errors[0] or len(errors) > 3:
        return f"{source.name}: expected at most three errors, the first with '{expected}', got {len(errors)}:\n" + done.stderr
    return None


sources = sorted(here.glob("*.cpp"))
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    wrong = [text for text in pool.map(check, sources) if text]
for text in wrong:
    print(text)
print(f"mistakes: {len(sources)} files, {len(wrong)} not as expected")
sys.exit(1 if wrong or not sources else 0)
