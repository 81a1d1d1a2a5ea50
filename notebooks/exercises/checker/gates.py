"""The exercises' own tests: what must hold before a student sees one."""
import tempfile
from pathlib import Path

from .exercises import Problem
from .reports import in_words
from .running import judge


def spoilt(exercise, answer):
    """The solution with one wrong answer in it."""
    text = (exercise.folder / "solution.cpp").read_text()
    if text.count(answer["replace"]) != 1:
        raise Problem(f"{exercise.name}/wrong.json: '{answer['name']}': expected its text once in solution.cpp, "
                      f"found it {text.count(answer['replace'])} times")
    return text.replace(answer["replace"], answer["by"])


def gates(build, exercises, say):
    """Prints a line for each exercise, and says whether all hold."""
    untouched = solved = caught = answers = 0
    seconds, problems = [], []
    for e in exercises:
        wrong = e.wrong_answers()
        first = judge(build, e, e.file)
        if first.kind == "starting point":
            untouched += 1
        else:
            problems.append(f"{e.name}: the untouched file is not the starting point but: {first.kind}\n{in_words(e, first)}")
        solution = judge(build, e, e.folder / "solution.cpp")
        seconds.append(solution.seconds)
        if solution.passed:
            solved += 1
        else:
            problems.append(f"{e.name}: its solution does not pass\n{in_words(e, solution, author=True)}")
        if len(wrong) < 3:
            problems.append(f"{e.name}: expected at least three wrong answers, has {len(wrong)}")
        for answer in wrong:
            answers += 1
            with tempfile.TemporaryDirectory(prefix="gradus-gate-") as folder:
                source = Path(folder) / "exercise.cpp"
                source.write_text(spoilt(e, answer))
                verdict = judge(build, e, source)
            said = in_words(e, verdict)
            if verdict.kind in ("passed", "not compiled", "starting point", "no tests"):
                problems.append(f"{e.name}: the wrong answer '{answer['name']}' is not found wrong: {verdict.kind}\n{verdict.text}")
            elif answer["expect"] not in said:
                problems.append(f"{e.name}: the wrong answer '{answer['name']}' is not told '{answer['expect']}'\n{said}")
            else:
                caught += 1
        say(f"{e.name}: untouched is {first.kind}, solution {solution.kind} in {solution.seconds:.1f} s, {len(wrong)} wrong answers")
    for p in problems:
        say("\n" + p)
    seconds.sort()
    say(f"\n{len(exercises)} exercises: {untouched} untouched ones are starting points, {solved} solutions pass, "
        f"{caught} of {answers} wrong answers fail with their reason; from file to verdict "
        f"{seconds[len(seconds) // 2]:.1f} s in the median, {seconds[-1]:.1f} s at most")
    return not problems
