"""Verdicts in words, and as the files that graders read. The text of a test that is not shown is in none of them."""
import csv
import json

from .exercises import HERE

NOT_SHOWN = "a test that is not shown"


def in_words(exercise, verdict, author=False):
    """What a student reads; an author also sees the tests that are not shown."""
    head = f"{exercise.name}: {exercise.title}\n"
    at = f"{exercise.file.relative_to(HERE)}:{exercise.gap()}"
    if verdict.kind == "not compiled":
        return f"{head}\n{verdict.text}\n\nIt does not compile yet. The first error is the one to read."
    if verdict.kind == "starting point":
        return (f"{head}\nThis is the starting point, not a fault: the gap at {at} is still empty.\n"
                f"Read {exercise.folder.relative_to(HERE)}/README.md, write your code there in place of `starting_point();`, and run `check` again.")
    (shown, of_shown), (unshown, of_unshown) = verdict.count(True), verdict.count(False)
    counts = f"{shown} of {of_shown} shown tests passed" + (f", {unshown} of {of_unshown} others" if of_unshown else "")
    if verdict.passed:
        return f"{head}\nPassed: {counts}, {verdict.seconds:.1f} s."
    lines = [head]
    failed = [t for t in verdict.tests if (t.shown or author) and not t.passed]
    for t in failed[:3]:
        lines += [f"FAILED  {t.name}", *("  " + line for line in t.text.splitlines()), ""]
    if len(failed) > 3:
        lines.append(f"and {len(failed) - 3} more shown tests")
    if verdict.text and not any(verdict.text in line for line in lines):
        lines.append(verdict.text)
    if unshown < of_unshown and not failed and verdict.kind == "failed":
        lines.append("The tests that you can read pass. Others do not: think of other shapes, of an input that is used twice,\n"
                     "of one that is frozen, of very large and very small numbers.")
    if verdict.printed.strip():
        lines += ["what the program printed:", *("  " + line for line in verdict.printed.strip().splitlines()[-20:]), ""]
    lines.append(f"Not passed ({verdict.kind}): {counts}, {verdict.seconds:.1f} s. `check {exercise.number} --hint` helps.")
    return "\n".join(lines)


def message(verdict):
    """One line for graders."""
    return verdict.text.splitlines()[0] if verdict.text else verdict.kind


def as_data(verdict):
    (shown, of_shown), (unshown, of_unshown) = verdict.count(True), verdict.count(False)
    return {"exercise": verdict.exercise, "passed": verdict.passed, "verdict": verdict.kind, "shown_passed": shown, "shown": of_shown,
            "unshown_passed": unshown, "unshown": of_unshown, "seconds": round(verdict.seconds, 2)}


def as_json(rows):
    """rows: (who, verdict); who is "" where there is one student."""
    return json.dumps([{**({"submission": who} if who else {}), **as_data(v)} for who, v in rows], indent=1) + "\n"


def write_csv(out, rows):
    table = csv.DictWriter(out, ["submission", *as_data(rows[0][1])] if rows else ["submission"], lineterminator="\n")
    table.writeheader()
    for who, verdict in rows:
        table.writerow({"submission": who, **as_data(verdict)})


def as_gradescope(verdicts):
    """Gradescope's results.json: one test an exercise, a point each; shown tests visible, the others hidden."""
    tests = []
    for v in verdicts:
        tests.append({"name": v.exercise, "score": 1 if v.passed else 0, "max_score": 1, "status": "passed" if v.passed else "failed",
                      "output": message(v), "visibility": "visible"})
        for n, t in enumerate(v.tests, 1):
            tests.append({"name": f"{v.exercise}: {t.name if t.shown else f'{NOT_SHOWN} ({n})'}", "status": "passed" if t.passed else "failed",
                          "output": t.text if t.shown else "", "visibility": "visible" if t.shown else "hidden"})
    return json.dumps({"output": f"{sum(v.passed for v in verdicts)} of {len(verdicts)} exercises passed", "stdout_visibility": "hidden",
                       "execution_time": round(sum(v.seconds for v in verdicts), 2), "tests": tests}, indent=1) + "\n"


def as_exercism(exercise, verdict):
    """Exercism's results.json, version 3, for one exercise."""
    source = (exercise.folder / "shown_test.cpp").read_text()
    if verdict.kind in ("not compiled", "crashed", "endless", "no tests"):
        return json.dumps({"version": 3, "status": "error", "message": verdict.text}, indent=1) + "\n"
    tests = []
    for t in verdict.tests:
        if t.shown:
            test = {"name": t.name, "status": "pass" if t.passed else "fail", "test_code": code_of(source, t.name)}
            tests.append(test if t.passed else {**test, "message": t.text[:65535]})
    unshown, of = verdict.count(False)
    if of:
        tests.append({"name": "the tests that are not shown", "status": "pass" if unshown == of else "fail", "test_code": "",
                      **({} if unshown == of else {"message": f"{of - unshown} of {of} failed"})})
    return json.dumps({"version": 3, "status": "pass" if verdict.passed else "fail", "tests": tests}, indent=1) + "\n"


def code_of(source, case):
    start = source.find(f'TEST_CASE("{case}"')
    end = source.find("\n}\n", start)
    return source[start:end + 2] if start >= 0 else ""
