"""`check new NAME`: the skeleton of an exercise, which is a starting point already; `check reset`."""
import re
import shutil
import subprocess

from .exercises import HERE, Problem, all_exercises

SKELETON = {
    "exercise.json": '{"title": "NAME", "seconds": 10}\n',
    "README.md": "# NUMBER NAME\n## What\n\n## Why\n\n## The formula\n\n## In the debugger\n\n",
    "hints.md": "## 1\n\n## 2\n\n## 3\n\n",
    "exercise.h": """// What exercise.cpp defines, and the tests call.
#pragma once

#include "checker/exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

Var my_op(Operand x);

}  // namespace GRADUS_REAL
}  // namespace gradus
""",
    "solution.cpp": """// Exercise NUMBER: NAME. README.md beside this file tells what to do.
#include "exercise.h"

namespace gradus {
inline namespace GRADUS_REAL {

// y = 2 x
struct MyOp final : Exercise {
  const char* op() const override { return "my_op"; }
  const char* formula() const override { return "y = 2 x"; }
  const char* derivative() const override { return "dL/dx = 2 G"; }

  void forward() override {
    ++forward_runs;
    for (Index j = 0; j < value.size(); ++j) value[j] = 2 * in(0)[j];
  }

  void backward() override {
    ++backward_runs;
    // YOUR CODE: the gradient of x.
    accumulate(0, [&](Index j) { return 2 * grad[j]; });
  }
};

Var my_op(Operand x) {
  return unary<MyOp>("my_op", x);
}

}  // namespace GRADUS_REAL
}  // namespace gradus
""",
    "shown_test.cpp": """#include "autograd/gradcheck/catch.h"
#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("my_op: the gradient agrees with differences") {
  Parameter x("x", Tensor({1, -2, 0.5, 3, -1}));
  REQUIRE_THAT(gradcheck([&](Tape& t) { return my_op(t.leaf(x)); }, {&x}), PassesGradcheck());
}
""",
    "unshown_test.cpp": """#include "exercise.h"
#include "tests/catch.h"

using namespace gradus;

TEST_CASE("my_op: your node ran, once forward and once backward") {
  Parameter x("x", Tensor({2}, {1, -2}));
  Tape t({&x});
  t.backward(sum(my_op(t.leaf(x))));
  CHECK(only_exercise(t).forward_runs == 1);
  CHECK(only_exercise(t).backward_runs == 1);
  CHECK(ops(t) == "parameter my_op sum");
}
""",
    "wrong.json": """[
  {"name": "missing factor", "replace": "return 2 * grad[j]; }", "by": "return grad[j]; }", "expect": "derivative is missing"},
  {"name": "sign", "replace": "return 2 * grad[j]; }", "by": "return -2 * grad[j]; }", "expect": "sign"},
  {"name": "zero", "replace": "return 2 * grad[j]; }", "by": "return 0 * grad[j]; }", "expect": "zero"}
]
""",
}
GAP = "    accumulate(0, [&](Index j) { return 2 * grad[j]; });\n"


def new(name):
    """The folder of a new exercise, behind the last one."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise Problem(f"new: expected a name of small letters, digits and '-', got '{name}'")
    if any(e.name.partition("-")[2] == name for e in all_exercises()):
        raise Problem(f"new: there is an exercise '{name}' already")
    numbers = [int(e.number) for e in all_exercises()]
    number = f"{max(numbers, default=0) + 1:02d}"
    folder = HERE / f"{number}-{name}"
    folder.mkdir()
    for file, text in SKELETON.items():
        (folder / file).write_text(text.replace("NUMBER", number).replace("NAME", name))
    solution = (folder / "solution.cpp").read_text()
    (folder / "exercise.cpp").write_text(solution.replace(GAP, "    starting_point();\n"))
    return folder


def untouched(exercise):
    """The text of the file as it was given out."""
    copy = exercise.folder / ".untouched.cpp"  # a student's copy has no history to take it from
    if copy.exists():
        return copy.read_text()

    def git(*arguments):
        done = subprocess.run(["git", *arguments], cwd=exercise.folder, capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else ""

    # Of all versions in the history, the one with the most gaps: the student may have committed answers. Of several, the newest.
    versions = [git("show", f"{commit}:./{exercise.file.name}") for commit in git("log", "--format=%H", "--", exercise.file.name).split()]
    best = max(versions, key=lambda text: text.count("starting_point()"), default="")
    if "starting_point()" not in best:
        raise Problem(f"reset: the untouched {exercise.name}/exercise.cpp is not to be found: this folder has no history")
    return best


def reset(exercise):
    """Puts the untouched file back, and keeps the student's beside it. Returns the kept file."""
    text = untouched(exercise)
    for n in range(1, 1000):
        kept = exercise.folder / f"exercise.{n}.before-reset.cpp"
        if not kept.exists():
            break
    else:
        raise Problem(f"reset: {exercise.folder} has 999 kept files already; delete some")
    shutil.copy2(exercise.file, kept)
    exercise.file.write_text(text)
    return kept
