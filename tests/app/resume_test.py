"""Training runs that repeat, are stopped or killed, and go on: the same weights to the last bit."""
import os
import signal
import subprocess
import time
import unittest

import program

RUNS = {"cnn": program.CNN + ["--steps", "400"], "gpt": program.GPT + ["--steps", "1500"]}  # the latter with dropout


class Resume(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for model, run in RUNS.items():
            cls.make(f"whole_{model}", run)

    def same_file(self, a, b):
        self.assertTrue(self.bytes_of(a) == self.bytes_of(b), f"{a} and {b} differ")

    def stop(self, run, out, number):
        """Starts a run and sends it a signal once it has left a checkpoint."""
        checkpoint = self.path(out + ".checkpoint")
        process = subprocess.Popen([self.program, *run, "--checkpoint-every", "10", "--out", out], cwd=self.home,
                                   env=program.ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        end = time.monotonic() + 60
        while not os.path.exists(checkpoint) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.001)
        process.send_signal(number)
        output, error = process.communicate(timeout=60)
        self.assertTrue(os.path.exists(checkpoint), (process.returncode, error))
        self.assertFalse(os.path.exists(self.path(out)))
        self.assertEqual(output, "")
        return process.returncode, error

    def test_a_repeated_run_is_the_same(self):
        for model, run in RUNS.items():
            self.succeeds(*run, "--out", "again")
            self.same_file("again", f"whole_{model}")
            self.assertFalse(os.path.exists(self.path("again.checkpoint")))
            self.succeeds(*program.instead(run, "--seed", "1", "--out", "again"))
            self.assertNotEqual(self.bytes_of("again"), self.bytes_of(f"whole_{model}"))

    def test_the_number_of_threads_does_not_matter(self):
        for model, run in RUNS.items():
            self.succeeds(*program.instead(run, "--threads", "2", "--out", "two"))
            self.same_file("two", f"whole_{model}")

    def test_stopped_and_resumed(self):
        for model, run in RUNS.items():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
                with self.subTest(model=model, signal=number):
                    out = f"{model}_{number}"
                    status, error = self.stop(run, out, number)
                    step = program.header_of(self.path(out + ".checkpoint"))["__metadata__"]["next_step"]
                    if number == signal.SIGKILL:
                        self.assertEqual(status, -signal.SIGKILL)
                    else:
                        self.assertEqual(status, 130)
                        self.assertEqual(error, f"gradus: stopped after step {step}; the same command with --resume goes on "
                                                f"from {out}.checkpoint\n")
                    done = program.json.loads(self.succeeds(*run, "--resume", "--json", "--out", out))
                    self.assertEqual((done["resumed_from"], done["steps"]), (int(step), int(run[run.index("--steps") + 1])))
                    self.assertFalse(os.path.exists(self.path(out + ".checkpoint")))
                    # What the killed process was writing at that moment is gone since the run was begun again.
                    self.assertEqual([name for name in os.listdir(self.home) if name.startswith(".gradus-")], [])
                    self.same_file(out, f"whole_{model}")

    def test_what_cannot_be_resumed(self):
        for model, run in RUNS.items():
            out = f"refused_{model}"
            self.fails(*run, "--resume", "--out", out, words=[out + ".checkpoint"])
            self.stop(run, out, signal.SIGINT)
            kept = self.bytes_of(out + ".checkpoint")
            others = ["--steps 5000", "--batch 5", "--lr 0.5", "--min-lr 0.0002", "--seed 9"]
            if model == "gpt":
                others += ["--dropout 0.2", "--heads 1", "--width 32", "--layers 2", "--context 7"]
            for other in others:
                with self.subTest(other):
                    self.fails(*program.instead(run, *other.split()), "--resume", "--out", out, words=[out + ".checkpoint: "])
            if model == "cnn":
                self.fails(*run, "--noise", "--resume", "--out", out, words=["--noise was false and is true"])
            for damaged in (b"", kept[:len(kept) // 2], self.bytes_of("cnn.safetensors")):
                with open(self.path(out + ".checkpoint"), "wb") as f:
                    f.write(damaged)
                self.fails(*run, "--resume", "--out", out, words=[out + ".checkpoint: "])

    def test_ctrl_c_in_the_demo_leaves_no_page(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([self.program, "demo", "--steps", "1000000", "--threads", "2", "--out", "page"],
                                       cwd=self.home, env=program.ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       text=True)
            self.wait_for_handler(process)
            time.sleep(0.2)
            process.send_signal(number)
            output, error = process.communicate(timeout=60)
            self.assertEqual((process.returncode, output, error), (130, "", "gradus: stopped; no page was written\n"))
            self.assertEqual(os.listdir(self.path("page")), [])

    def test_ctrl_c_in_maximize_keeps_the_result_so_far(self):
        # Two threads, and older than the handler: a signal that the main thread blocks would come to the other.
        process = subprocess.Popen([self.program, "maximize", "cnn.safetensors", "--data", "mini", "--steps", "10000000", "--json",
                                    "--threads", "2", "--out", "m.png"], cwd=self.home, env=program.ENVIRONMENT, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.wait_for_handler(process)
        process.send_signal(signal.SIGINT)
        output, error = process.communicate(timeout=60)
        steps = program.json.loads(output)["steps"]
        self.assertEqual((process.returncode, error), (130, f"gradus: stopped after {steps} steps; m.png holds the result so far\n"))
        self.assertEqual(self.bytes_of("m.png")[:4], b"\x89PNG")

    def wait_for_handler(self, process):
        """Until the process has a handler for SIGINT, so as to stop cleanly: as /proc has it. It dies with the test."""
        self.addCleanup(process.kill)
        end = time.monotonic() + 30
        caught = 0
        while not caught & 1 << (signal.SIGINT - 1):
            self.assertIsNone(process.poll())
            self.assertLess(time.monotonic(), end, "no handler for SIGINT")
            time.sleep(0.01)
            with open(f"/proc/{process.pid}/status") as f:
                caught = int(next(line for line in f if line.startswith("SigCgt:")).split()[1], 16)


if __name__ == "__main__":
    program.main()
