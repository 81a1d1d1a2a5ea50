"""Many submissions at once, each answer in a process of its own, limited in time and memory."""
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .authoring import untouched
from .exercises import HERE, ROOT, Problem, all_exercises
from .running import Verdict, judge


def answer_of(submission, exercise):
    """Where a submission has its answer to an exercise: NN-name/exercise.cpp, at any depth, or NN-name.cpp, or NN.cpp; or itself."""
    if submission.is_file():
        return submission
    for name in (f"{exercise.name}.cpp", f"{exercise.number}.cpp"):
        if (submission / name).is_file():
            return submission / name
    found = sorted(submission.glob(f"**/{exercise.name}/exercise.cpp"))
    return found[0] if found else None


def grade(build, folder, exercises, say):
    """(submission, verdict) for every submission and exercise."""
    folder = Path(folder)
    if not folder.is_dir():
        raise Problem(f"--grade: expected a folder of submissions, got '{folder}'")
    submissions = sorted(s for s in folder.iterdir() if not s.name.startswith(".") and (s.is_dir() or s.suffix == ".cpp"))
    if not submissions:
        raise Problem(f"--grade: there is no submission in '{folder}': expected a folder for each, or a file NAME.cpp")
    if any(s.is_file() for s in submissions) and len(exercises) > 1:
        raise Problem(f"--grade: '{folder}' has files for submissions: say of which exercise, as in check 04 --grade {folder}")

    def one(task):
        submission, exercise = task
        source = answer_of(submission, exercise)
        who = submission.stem if submission.is_file() else submission.name
        if source is None:
            return who, Verdict(exercise.name, "missing", text="there is no file for this exercise")
        return who, judge(build, exercise, source.resolve())

    tasks = [(s, e) for s in submissions for e in exercises]
    rows = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for who, verdict in pool.map(one, tasks):
            rows.append((who, verdict))
            say(f"{who}: {verdict.exercise}: {verdict.kind}, {verdict.seconds:.1f} s")
    return rows


NOT_FOR_STUDENTS = ("solution.cpp", "unshown_test.cpp", "wrong.json", "instructor.md")


def student_copy(target):
    """The whole project without solutions, unshown tests, wrong answers and the instructor's page."""
    target = Path(target)
    if target.exists():
        raise Problem(f"--student-copy: '{target}' exists already: expected the name of a new folder")
    if ROOT in target.resolve().parents:
        raise Problem(f"--student-copy: expected a folder outside of this one, got '{target}'")
    if not target.resolve().parent.is_dir():
        raise Problem(f"--student-copy: there is no folder '{target.resolve().parent}'")
    left_out = {".git", "build", "gradus-demo", "__pycache__", ".ci", ".cache", ".progress.json"}

    def ignore(folder, names):
        if Path(folder) == ROOT / "tests" and "exercises" in names:
            return ["exercises"]  # they know the answers
        inside = HERE in Path(folder).resolve().parents or HERE == Path(folder).resolve()
        return [n for n in names if n in left_out or (inside and (n in NOT_FOR_STUDENTS or n.endswith(".before-reset.cpp")))]

    given_out = {e.name: untouched(e) for e in all_exercises()}
    shutil.copytree(ROOT, target, ignore=ignore, symlinks=True)
    for name, text in given_out.items():
        for file in ("exercise.cpp", ".untouched.cpp"):
            (target / HERE.relative_to(ROOT) / name / file).write_text(text)
