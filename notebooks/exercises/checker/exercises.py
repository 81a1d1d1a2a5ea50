"""What an exercise is: a folder with a page, the student's file, tests, hints, a solution and wrong answers."""
import json
import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
STARTING_POINT = "this is the starting point"  # StartingPoint's text in exercise.h


class Problem(Exception):
    """Bad usage or input; its text is one line."""


@dataclass(frozen=True)
class Exercise:
    folder: Path

    @property
    def name(self):
        return self.folder.name

    @property
    def number(self):
        return self.name.partition("-")[0]

    @property
    def file(self):
        return self.folder / "exercise.cpp"

    def read(self, name):
        """The data in a JSON file of it."""
        try:
            return json.loads((self.folder / name).read_text())
        except FileNotFoundError:
            raise Problem(f"{self.name} has no {name}; a student's copy lacks what gives answers away") from None
        except ValueError as e:
            raise Problem(f"{self.name}/{name}: expected JSON: {e}") from None

    def data(self):
        return self.read("exercise.json")

    @property
    def title(self):
        return self.data()["title"]

    @property
    def seconds(self):
        return self.data()["seconds"]

    def hints(self):
        """The hints, the first tells the least."""
        return [h.strip() for h in re.split(r"^## \d+$", (self.folder / "hints.md").read_text(), flags=re.M)[1:]]

    def wrong_answers(self):
        return self.read("wrong.json")

    def cases(self, which):
        """The names of its test cases; `which` is "shown" or "unshown". None in a student's copy, for the unshown ones."""
        file = self.folder / f"{which}_test.cpp"
        return re.findall(r'^TEST_CASE\("([^"]+)"', file.read_text(), flags=re.M) if file.exists() else []

    def gaps(self, source=None):
        """The numbers of the lines to look at: of the gaps that are still there, or else of the places that were some."""
        lines = (source or self.file).read_text(errors="replace").splitlines()
        for pattern in (r"\bstarting_point\(\)", r"// YOUR CODE"):
            if found := [n for n, line in enumerate(lines, 1) if re.search(pattern, line)]:
                return found
        return [1]

    def gap(self):
        return self.gaps()[0]


def all_exercises(folder=HERE):
    return [Exercise(f) for f in sorted(folder.glob("[0-9][0-9]-*")) if (f / "exercise.cpp").exists()]


def find(wanted):
    """The exercise that a reader means: "5", "05", "05-matmul", "matmul"."""
    have = all_exercises()
    for e in have:
        if wanted in (e.name, e.name.partition("-")[2]) or (wanted.isdigit() and int(wanted) == int(e.number)):
            return e
    raise Problem(f"there is no exercise '{wanted}'; there are {', '.join(e.number for e in have)}")
