#!/usr/bin/env python3
"""The mutation score of the gradient checks: see README.md beside this file."""
import argparse
import os
import re
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cpp_source import Source, backward_passes
from killers import Killers
from operators import mutants
from schemata import Library, library_of

ROOT = Path(__file__).resolve().parents[2]
WANTED = 0.97
# The check is what is measured, and inspect/ looks on: no gradient passes through it. Nothing calls the plain loops but tests.
LOOKS_ON = re.compile("autograd/inspect/watch")
NOT_MEANT = re.compile("autograd/(gradcheck/|inspect/|kernels/naive.h)")


def all_mutants():
    paths = sorted(p for pattern in ("*.h", "*.cpp") for p in (ROOT / "autograd").rglob(pattern))
    sources = [Source(str(p.relative_to(ROOT)), p.read_text()) for p in paths]
    onlookers = {f.name for s in sources if LOOKS_ON.search(s.path) for f in s.functions}
    sources = [s for s in sources if not NOT_MEANT.search(s.path)]
    found = []  # numbered file by file, so that a change in one file leaves the numbers of the others
    for m in mutants(backward_passes(sources), onlookers):
        k = 1000 * (1 + [s.path for s in sources].index(m.path))
        found.append((k + sum(k <= n < k + 1000 for n, _ in found), m))
    return found


def selected(everything, only):
    """By file ("ops/matmul.cpp"), by number ("17") or by numbers ("17-40"), or several of these with commas."""
    if not only:
        return everything
    chosen = []
    for part in only.split(","):
        numbers = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        if numbers:
            first, last = int(numbers[1]), int(numbers[2] or numbers[1])
            chosen += [(n, m) for n, m in everything if first <= n <= last]
        else:
            chosen += [(n, m) for n, m in everything if part in m.path]
    return chosen


def explained(path):
    """survivors.md: under a heading "### `file` `function`, operator" the line before and after, and why it survives."""
    keys = set()
    if path.exists():
        pattern = r"^### `(.+?)` `(.+?)`, (.+)\n+```diff\n- (.+)\n\+ (.+)\n```\n+(?=[^#\s`])"
        keys = {m.groups() for m in re.finditer(pattern, path.read_text(), re.MULTILINE)}
    return keys


def show(number, m):
    return f"{number:5} {m.path}:{m.line} {m.function.full_name}, {m.operator}\n      - {m.before}\n      + {m.after}"


def main():
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--build", type=Path, default=ROOT / "build/mutation", help="the build folder of the preset `mutation`")
    parse.add_argument("--list", action="store_true", help="print all mutants and end")
    parse.add_argument("--only", help="some of them: files, numbers or ranges of numbers, with commas")
    parse.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many to run at a time, by default one a core")
    parse.add_argument("--survivors", type=Path, default=Path(__file__).with_name("survivors.md"))
    options = parse.parse_args()
    everything = all_mutants()
    chosen = selected(everything, options.only)
    if options.list:
        for n, m in chosen:
            print(show(n, m))
        print(f"{len(chosen)} sites in {len({m.path for _, m in chosen})} files")
        return 0
    paths = {m.path for _, m in chosen}  # a file is compiled with all its mutants, also where some of them are run
    return run([(n, m) for n, m in everything if m.path in paths], chosen, options)


def run(compiled, chosen, options):
    terminal = sys.stderr.isatty()

    def say(text):
        if terminal:
            print(f"\r\033[K{text[:110]}", end="", file=sys.stderr, flush=True)

    begun, build = time.time(), options.build.resolve()
    folder = build / "mutants"
    libraries = {}
    for kind in sorted({library_of(m) for _, m in chosen}):
        libraries[kind] = Library(ROOT, build, folder / kind)
        libraries[kind].make([(n, m) for n, m in compiled if library_of(m) == kind], options.jobs, say)

    def of(mutant):
        return libraries[library_of(mutant)]

    stillborn = [(n, m) for n, m in chosen if n in of(m).stillborn]
    alive = [(n, m) for n, m in chosen if n not in of(m).stillborn]
    made = time.time()
    killers = Killers(ROOT, build)
    killers.measure(libraries.values(), [m.function for _, m in alive], say)

    results = {}  # by number: what killed it, or None
    try:
        with ThreadPoolExecutor(options.jobs) as pool:
            waiting = {pool.submit(killers.kill, n, m, of(m)): n for n, m in alive}
            try:
                for done in as_completed(waiting):
                    results[waiting[done]] = done.result()
                    survivors = sum(r is None for r in results.values())
                    say(f"{len(results)} of {len(alive)} mutants, {survivors} survive, {time.time() - made:.0f} s")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
    say("")
    return report(chosen, stillborn, results, options, folder, made - begun, time.time() - made)


def report(chosen, stillborn, results, options, folder, making, running):
    by_number = dict(chosen)
    keys = explained(options.survivors)
    killed = {n: r for n, r in results.items() if r}
    survivors = [n for n in sorted(results) if not results[n]]
    by_others = [n for n in sorted(killed) if not killed[n][2]]
    (folder / "results.txt").write_text("".join(
        f"{show(n, by_number[n])}\n      {'killed by ' + results[n][0] + ': ' + results[n][1] if results[n] else 'SURVIVES'}\n"
        for n in sorted(results)) + "".join(f"{show(n, m)}\n      does not compile\n" for n, m in stillborn))
    if by_others:
        print("Not seen by the gradient checks, but by other tests:")
        for n in by_others:
            print(show(n, by_number[n]))
    unexplained = [n for n in survivors if by_number[n].key not in keys]
    if survivors:
        print(f"Survivors, explained in {options.survivors.name} but for those with a star:")
        for n in survivors:
            print(("*" if n in unexplained else " ") + show(n, by_number[n]))
    if not options.only:
        for key in keys - {by_number[n].key for n in survivors}:
            print(f"{options.survivors.name} explains what is no survivor: {' '.join(key[:3])}: {key[4]}")
    total = len(results)
    if not total:
        return 1
    how = Counter(r[1] for r in killed.values())
    score, alone = len(killed) / total, (len(killed) - len(by_others)) / total
    print(f"{len(chosen)} sites, {len(stillborn)} do not compile, {total} mutants run")
    print(f"killed: {len(killed)} ({', '.join(f'{count} {word}' for word, count in how.most_common())})")
    print(f"gradient checks alone: {alone:.2%}; with all tests of autograd: {score:.2%}; wanted: {WANTED:.0%}")
    print(f"{len(survivors)} survivors, {len(unexplained)} of them not explained")
    print(f"{making:.0f} s to compile, {running:.0f} s to run, {options.jobs} at a time")
    whole = total == len(chosen) - len(stillborn)
    return 0 if whole and not unexplained and (alone >= WANTED or options.only) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped")
