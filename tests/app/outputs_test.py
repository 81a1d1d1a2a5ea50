"""What a command writes: never over what it reads, and only where it can be written, which is found out before the work."""
import contextlib
import os
import re
import shutil
import stat
import subprocess
import unittest

import program

LONG = "100000000"  # steps of a run that must be refused before it begins

# Of every command: how it is called, its options that name a file to write, and the files that it reads. {} is what a test
# writes to. The files of a command that are named otherwise stand in DERIVED.
COMMANDS = {
    "train cnn": (["train", "cnn", "--data", "mini", "--steps", LONG], ["--out", "--log"],
                  ["mini/train-images-idx3-ubyte", "mini/train-labels-idx1-ubyte", "mini/t10k-images-idx3-ubyte"]),
    "train judge": (["train", "judge", "--data", "mini", "--steps", LONG], ["--out"],
                    ["mini/train-images-idx3-ubyte", "mini/t10k-labels-idx1-ubyte"]),
    "train gpt": (["train", "gpt", "--data", "text", "--steps", LONG], ["--out", "--log"], ["text"]),
    "maximize": (["maximize", "cnn.safetensors", "--data", "mini", "--steps", "10000000"], ["--out", "--map"],
                 ["cnn.safetensors", "mini/train-images-idx3-ubyte", "judge1.safetensors", "judge2.safetensors"]),
    "maximize of a GPT": (["maximize", "gpt.safetensors", "--unit", "logits:1", "--steps", "10000000"], ["--out"],
                          ["gpt.safetensors"]),
    "observe": (["observe", "cnn.safetensors", "--data", "mini", "--unit", "logits:1"], ["--out"],
                ["cnn.safetensors", "mini/train-images-idx3-ubyte"]),
    "observe of a GPT": (["observe", "characters.safetensors", "--data", "text", "--unit", "logits:1"], ["--out"],
                         ["characters.safetensors", "text"]),
    "generate": (["generate", "gpt.safetensors", "--tokens", "1000000"], ["--out"], ["gpt.safetensors"]),
    "exhaust": (["exhaust", "gpt.safetensors", "--length", "4"], ["--out"], ["gpt.safetensors"]),
    "inspect": (["inspect", "cnn.safetensors"], ["--out"], ["cnn.safetensors"]),
    "tape": (["tape", "gpt.safetensors"], ["--out"], ["gpt.safetensors"]),
    "tape --svg": (["tape", "gpt.safetensors", "--svg"], ["--out"], ["gpt.safetensors"]),
    "tape cnn": (["tape", "cnn"], ["--out"], ["share/gradus/weights/cnn.safetensors"]),
}
WITHOUT_FILES = {"gradcheck"}  # writes none
FOLDERS = {"demo"}             # writes into a folder: a test of its own
DERIVED = {  # files that get their names from elsewhere, as links to what the command reads
    "maximized.png": ["maximize", "cnn.safetensors", "--data", "mini"],
    "maximized.safetensors": ["maximize", "gpt.safetensors", "--unit", "logits:1"],
    "observed.png": ["observe", "cnn.safetensors", "--data", "mini"],
    "tape.svg": ["tape", "cnn.safetensors", "--svg"],
    "new.checkpoint": ["train", "gpt", "--data", "text", "--steps", LONG, "--out", "new"],
    "cnn.safetensors.checkpoint": ["train", "cnn", "--data", "mini", "--steps", LONG],
}


class Outputs(program.ProgramTest):
    def spellings(self, name):
        """Names of one file: as it is, by other paths, by links of both kinds, and through a link to its folder."""
        yield name
        yield "./" + name
        yield "mini/../" + name
        yield self.path(name)
        yield self.home + "//" + name
        os.symlink(self.path(name), self.path("symbolic"))
        os.symlink("symbolic", self.path("behind"))
        os.symlink(os.path.dirname(self.path(name)), self.path("folder"))
        os.link(self.path(name), self.path("hard"))
        yield from ("symbolic", "behind", "hard", "folder/" + os.path.basename(name))
        for link in ("symbolic", "behind", "folder", "hard"):
            os.unlink(self.path(link))

    def test_the_table_has_every_command_and_every_file(self):
        def listed(*command):
            text = self.succeeds(*command, "--help")
            part = text.split("Subcommands:")[1] if "Subcommands:" in text else ""
            return re.findall(r"^  ([a-z]+) ", part.split("\n\n")[0], re.M)
        known = {name for name in COMMANDS} | WITHOUT_FILES | FOLDERS
        self.assertIn("train", listed())
        for command in listed():
            for full in [f"{command} {below}" for below in listed(command)] or [command]:
                self.assertIn(full, known)
                text = self.succeeds(*full.split(), "--help")
                if full in COMMANDS:  # no other option is said to write
                    writes = re.findall(r"^  (--[a-z-]+) TEXT[^\n]*(?:\n {10,}[^\n]*)*?\bto\s+write\b", text, re.M)
                    self.assertLessEqual(set(writes), {*COMMANDS[full][1]}, text)

    def test_never_over_an_input(self):
        for name, (command, outputs, inputs) in COMMANDS.items():
            for output in outputs:
                for read in inputs:
                    before = self.bytes_of(read)
                    for spelling in self.spellings(read):
                        with self.subTest(command=name, output=output, spelling=spelling):
                            self.fails(*command, output, spelling, words=[spelling + ": ", "reads it"])
                            self.assertEqual(self.bytes_of(read), before)

    def test_never_over_an_input_by_the_name_of_the_input(self):
        os.symlink("cnn.safetensors", self.path("alias"))
        self.fails("inspect", "alias", "--out", "cnn.safetensors", words=["cnn.safetensors: ", "reads it as alias"])
        os.unlink(self.path("alias"))

    def test_never_over_an_input_by_names_that_nobody_gave(self):
        for name, command in DERIVED.items():
            source = "text" if "text" in command else "mini/train-images-idx3-ubyte" if "train" in command else command[1]
            for link in (os.symlink, os.link):
                with self.subTest(name=name, link=link.__name__):
                    link(self.path(source), self.path(name))
                    before = self.bytes_of(source)
                    self.fails(*command, words=[name + ": "])
                    self.assertEqual(self.bytes_of(source), before)
                    os.unlink(self.path(name))

    def test_the_demo_leaves_its_weights(self):
        weights = "share/gradus/weights/gpt.safetensors"
        os.mkdir(self.path("page"))
        for name in ("index.html", "summary.json"):
            os.link(self.path(weights), self.path("page/" + name))
            self.fails("demo", "--steps", "1000000", "--out", "page", words=[name, "reads it"])
            os.unlink(self.path("page/" + name))
        os.rmdir(self.path("page"))

    def test_no_file_is_written_twice(self):
        for log in ("x", "./x", self.path("x"), "x.checkpoint", "mini/../x"):
            self.fails("train", "gpt", "--data", "text", "--steps", LONG, "--out", "x", "--log", log, words=[log + ": ", "twice"])
        os.symlink("x", self.path("dangling"))
        self.fails("train", "gpt", "--data", "text", "--steps", LONG, "--out", "x", "--log", "dangling", words=["twice"])
        os.unlink(self.path("dangling"))

    def everything(self):
        for name, (command, outputs, _) in COMMANDS.items():
            for output in outputs:
                yield name, output, command

    def test_what_cannot_be_written_is_found_before_the_work(self):
        os.mkdir(self.path("taken"))
        os.mkfifo(self.path("pipe"))
        os.symlink("round", self.path("round"))
        for name, output, command in self.everything():
            for out in ("", "n" * 256, "n" * 300, "nowhere/file", "text/file", "taken", "taken/", "new/", ".", "pipe", "round",
                        "/proc/file"):
                with self.subTest(command=name, output=output, out=out[:20]):
                    self.fails(*command, output, out, words=[out[:200] or output])
        os.rmdir(self.path("taken"))
        os.unlink(self.path("pipe"))
        os.unlink(self.path("round"))

    def test_a_name_may_be_as_long_as_the_file_system_allows(self):
        for length in (250, 255):
            self.succeeds("inspect", "cnn.safetensors", "--out", "n" * length)
            self.assertTrue(os.path.exists(self.path("n" * length)))
        self.fails(*program.CNN, "--steps", LONG, "--out", "m" * 250, words=["m" * 250 + ".checkpoint: "])
        self.succeeds(*program.CNN, "--steps", "2", "--out", "m" * 244)

    @contextlib.contextmanager
    def as_somebody(self):
        """Runs the program as a user who may not write everywhere."""
        if os.geteuid() != 0:
            yield self.fails
            return
        os.chmod(self.home, 0o777)
        plain = self.run_program
        try:
            if plain("--version", user=65534).returncode != 0:
                self.skipTest("another user cannot run the program here")
        except (OSError, subprocess.SubprocessError) as error:
            self.skipTest(f"no other user to be had: {error}")
        self.run_program = lambda *arguments, **more: plain(*arguments, user=65534, **more)
        try:
            yield self.fails
        finally:
            del self.run_program
            os.chmod(self.home, 0o700)

    def test_folders_without_permission(self):
        os.mkdir(self.path("locked"))
        os.symlink("locked/file", self.path("into"))
        shutil.copy(self.path("text"), self.path("locked/there"))
        os.symlink("locked/there", self.path("upon"))
        os.chmod(self.path("locked"), 0o555)
        try:
            with self.as_somebody() as fails:
                for name, output, command in self.everything():
                    for out in ("locked/file", "into", "upon"):
                        with self.subTest(command=name, output=output, out=out):
                            fails(*command, output, out, words=[out + ": ", "Permission denied"])
                for name, command in DERIVED.items():
                    if not name.endswith("checkpoint"):
                        os.symlink("locked/file", self.path(name))
                        with self.subTest(name=name):
                            fails(*command, words=[name + ": ", "Permission denied"])
                        os.unlink(self.path(name))
                os.chmod(self.path("locked"), stat.S_IRUSR)
                fails("train", "gpt", "--data", "locked/there", "--out", "x", words=["locked/there: "])
                fails("inspect", "locked/there", words=["locked/there: "])
                fails("demo", "--out", "locked/page", words=["locked/page: "])
        finally:
            os.chmod(self.path("locked"), 0o755)

    def test_a_working_folder_that_was_deleted(self):
        for name, output, command in self.everything():
            command = [self.path(word) if os.path.exists(self.path(word)) else word for word in command]
            with self.subTest(command=name, output=output):
                gone = self.path("gone")
                os.mkdir(gone)
                done = subprocess.run(["sh", "-c", 'cd "$1" && rmdir "$1" && shift && exec "$@"', "sh", gone, self.program, *command,
                                       output, "file"], env=program.ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True,
                                      text=True, timeout=60)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertRegex(done.stderr, r"\Agradus: \S+: no file can be made in its folder: [^\n]+\n\Z")

    def test_an_option_is_no_value(self):
        for command in ("train cnn", "train gpt", "maximize", "observe", "generate", "inspect cnn.safetensors", "tape cnn", "demo"):
            self.fails(*command.split(), "--out", "--json", words=["--out", "expected a value", "--json"])
        self.fails("generate", "--prompt", "--tokens", "3", words=["--prompt", "expected a value", "--tokens"])
        self.fails("train", "cnn", "--data", "--steps", "3", words=["--data", "expected a value", "--steps"])
        self.fails("maximize", "--unit", "-h", words=["--unit", "expected a value", "-h"])
        for command in ("train cnn", "train gpt", "maximize", "observe"):
            self.fails(*command.split(), "--data", "", words=["--data", "empty"])
        self.succeeds("inspect", "cnn.safetensors", "--out=--json")
        self.assertTrue(os.path.exists(self.path("--json")))
        os.unlink(self.path("--json"))


if __name__ == "__main__":
    program.main()
