"""Help and wrong usage."""
import signal
import subprocess
import time
import unittest

import program

COMMANDS = ["demo", "train", "train cnn", "train judge", "train gpt", "maximize", "observe", "generate", "inspect", "tape",
            "gradcheck"]


class Usage(program.ProgramTest):
    @classmethod
    def make(cls, name, arguments):
        pass  # no run here gets as far as a weight file

    def test_every_command_helps_and_shows_examples(self):
        listed = self.succeeds("--help")
        self.assertRegex(self.succeeds("--version"), r"\Agradus \d+\.\d+\.\d+\n\Z")
        for command in COMMANDS:
            with self.subTest(command):
                self.assertIn(command.split()[0], listed)
                text = self.succeeds(*command.split(), "--help")
                self.assertRegex(text, rf"Examples?:\n  gradus {command}")
                self.assertNotIn("1797693", text)  # no bound is shown that nobody set

    def test_the_commands_are_known(self):
        everything = ["demo", "train", "maximize", "observe", "generate", "inspect"]
        self.fails(words=["expected a command", *everything])
        self.fails("bogus", words=["'bogus'", *everything])
        self.fails("train", words=["expected a command", "cnn", "gpt"])
        self.fails("train", "bogus", words=["'bogus'", "cnn, judge, gpt"])
        self.fails("--bogus", words=["'--bogus'"])

    def test_unknown_options_and_arguments_are_named(self):
        for command in COMMANDS:
            with self.subTest(command):
                self.fails(*command.split(), "--bogus", words=["'--bogus'"])
        self.fails("train", "cnn", "extra", words=["'extra'", "gradus train cnn --help"])
        self.fails("inspect", "one", "two", words=["'two'"])

    def test_missing_arguments_are_named(self):
        self.fails("inspect", words=["file is required"])
        for command, option in (("train cnn", "--out"), ("demo", "--steps"), ("generate", "--prompt")):
            self.fails(*command.split(), option, words=[option])

    def test_values_that_are_no_number_or_out_of_range(self):
        wrong = {
            "train cnn": ["--steps x", "--steps 0", "--steps -5", "--steps 1e3", "--steps 1.5", "--steps 0x10", "--batch 0",
                          "--lr 0", "--lr -1", "--lr nan", "--lr inf", "--lr 1e999", "--lr 1x", "--min-lr -1", "--min-lr nan",
                          "--threads -1", "--threads 1025", "--seed -1", "--seed 18446744073709551616", "--seed x", "--seed 1.5",
                          "--checkpoint-every -1", "--checkpoint-every 99999999999"],
            "train gpt": ["--layers 0", "--heads 0", "--width 0", "--context 0", "--dropout 1", "--dropout nan",
                          "--dropout -0.1"],
            "demo": ["--steps 1", "--steps 9999999"],
            "observe": ["--keep 0", "--keep 101"],
            "maximize": ["--steps 0", "--lr nan", "--l2 -1", "--l2 nan", "--tv inf", "--decay -1", "--levels 0", "--scale 0.5", "--rotate 181", "--samples 0", "--brightness 2", "--pad -1", "--lambda -1", "--vectors 0"],
            "generate": ["--tokens -1", "--temperature nan", "--temperature -1", "--top-k -1", "--top-k 1.5"],
        }
        for command, cases in wrong.items():
            for case in cases:
                with self.subTest(command=command, case=case):
                    option, value = case.split()
                    self.fails(*command.split(), option, value, words=[option, value, "expected"])
        self.fails("train", "cnn", "--seed", "", words=["--seed"])
        self.fails("train", "gpt", "--width", "33", "--heads", "2", words=["--width", "33", "2 heads"])

    def test_starting_itself_again_changes_nothing_but_how_threads_wait(self):
        free = {k: v for k, v in program.ENVIRONMENT.items() if k not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}

        def started(more, **options):
            process = subprocess.Popen([self.program, "tape", "cnn", "--step"], cwd=self.home, env={**free, **more},
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
            self.addCleanup(process.kill)
            time.sleep(0.5)  # more than enough to start twice
            return process

        def environment(pid):
            with open(f"/proc/{pid}/environ", "rb") as f:
                return [v for v in f.read().split(b"\0") if v.startswith((b"GOMP_SPINCOUNT", b"OMP_WAIT_POLICY"))]

        for more, expected in (({}, b"GOMP_SPINCOUNT=1000"), ({"GOMP_SPINCOUNT": "7"}, b"GOMP_SPINCOUNT=7"),
                               ({"OMP_WAIT_POLICY": "active"}, b"OMP_WAIT_POLICY=active"), ({"GOMP_SPINCOUNT": ""}, b"GOMP_SPINCOUNT=")):
            process = started(more)
            self.assertEqual(environment(process.pid), [expected])
            with open(f"/proc/{process.pid}/comm") as f:
                self.assertEqual(f.read(), "gradus\n")
            with open(f"/proc/{process.pid}/cmdline", "rb") as f:
                self.assertEqual(f.read().split(b"\0")[1:-1], [b"tape", b"cnn", b"--step"])
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0)
        process = started({}, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))  # as nohup does
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        process = started({})
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        for odd in ("", " ", "*", "a\nb", "--", "\u00e9"):
            done = subprocess.run([self.program, "train", "cnn", "--steps", odd], env=free, capture_output=True, text=True, timeout=60)
            again = self.run_program("train", "cnn", "--steps", odd)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (2, again.stdout, again.stderr))

    def test_an_error_stays_one_line_whatever_was_given(self):
        self.fails("train", "cnn", "--steps", "1\n2", words=["1\\x0a2"])
        self.fails("two\nlines", words=["two\\x0alines"])
        self.fails("inspect", b"bad\xff\x1b[31m", words=["bad\\xff\\x1b"])


if __name__ == "__main__":
    program.main()
