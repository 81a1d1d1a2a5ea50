"""Training runs that meet a checkpoint of another run, numbers that are not finite, and signals; and the log they leave."""
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import time
import unittest

import program

RUNS = {"cnn": program.CNN + ["--steps", "60"], "gpt": program.GPT + ["--steps", "60"]}


def with_values(data, value):
    """A weight file's bytes, every value of its last tensor replaced."""
    length, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    begin, end = max(t["data_offsets"] for t in header.values())
    return data[:8 + length + begin] + struct.pack("<f", value) * ((end - begin) // 4) + data[8 + length + end:]


class Runs(program.ProgramTest):
    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)
        return name

    def values_of(self, name):
        data = self.bytes_of(name)
        start = 8 + struct.unpack("<Q", data[:8])[0]
        return struct.unpack(f"<{(len(data) - start) // 4}f", data[start:])

    def stopped(self, run, out, number=signal.SIGINT, *more):
        """Starts a run that never ends, sends it a signal once it has left a checkpoint, and returns what came of it."""
        checkpoint = self.path(out + ".checkpoint")
        process = subprocess.Popen([self.program, *program.instead(run, "--steps", "100000000"), "--checkpoint-every", "10", "--out", out,
                                    *more], cwd=self.home, env=program.ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        self.addCleanup(process.kill)
        end = time.monotonic() + 60
        while not os.path.exists(checkpoint) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.001)
        process.send_signal(number)
        output, error = process.communicate(timeout=60)
        return process.returncode, output, error

    def test_a_checkpoint_is_not_lost(self):
        for model, run in RUNS.items():
            out, checkpoint = f"kept_{model}", f"kept_{model}.checkpoint"
            self.stopped(run, out)
            kept = self.bytes_of(checkpoint)
            for again in (run, program.instead(run, "--steps", "5"), program.instead(run, "--steps", "100000000")):
                self.fails(*again, "--out", out, words=[checkpoint + ": ", "--resume", "--discard-checkpoint"])
                self.assertEqual(self.bytes_of(checkpoint), kept)
            self.fails(*run, "--out", out, "--resume", "--discard-checkpoint", words=["--resume", "--discard-checkpoint"])
            self.succeeds(*run, "--out", out, "--discard-checkpoint")
            self.assertFalse(os.path.exists(self.path(checkpoint)))
            self.succeeds(*run, "--out", out + "_new")
            self.assertEqual(self.bytes_of(out), self.bytes_of(out + "_new"))

    def test_a_file_that_only_has_a_checkpoints_name_is_not_lost(self):
        for data in (b"my notes", b"", self.bytes_of("cnn.safetensors")):
            self.write("n.checkpoint", data)
            for more in ([], ["--discard-checkpoint"]):
                self.fails(*program.CNN, "--steps", "5", "--out", "n", *more, words=["n.checkpoint: ", "no checkpoint"])
            self.assertEqual(self.bytes_of("n.checkpoint"), data)
        os.unlink(self.path("n.checkpoint"))

    def test_what_differs_from_the_checkpoint_is_named(self):
        self.write("lower", b"abcd \n" * 200)
        self.write("capitals", b"ABCD \n" * 200)
        self.write("longer", b"abcd \n" * 180 + b"dcba \n" * 20)
        run = program.instead(program.GPT, "--data", "lower", "--steps", "100000000")
        self.stopped(run, "text_run")
        kept = self.bytes_of("text_run.checkpoint")
        for changes, words in ((["--data", "capitals"], ["alphabet"]), (["--data", "longer"], ["data to validate"]),
                               (["--data", "text"], ["data to train"]), (["--lr", "0.5"], ["--lr was 0.001 and is 0.5"]),
                               (["--min-lr", "0.5"], ["--min-lr was"]), (["--seed", "9"], ["--seed was 0 and is 9"]),
                               (["--width", "32", "--context", "7"], ["--width was 16 and is 32, --context was 8 and is 7"]),
                               (["--dropout", "0.2"], ["--dropout was 0.1 and is 0.2"]), (["--heads", "1"], ["--heads was"]),
                               (["--layers", "2"], ["--layers was"]), (["--batch", "5"], ["--batch was 4 and is 5"])):
            with self.subTest(changes):
                error = self.fails(*program.instead(run, *changes), "--resume", "--out", "text_run",
                                   words=["text_run.checkpoint: ", "another run", *words])
                self.assertEqual(len(error.split(" was ")), 1 + sum(w.count(" was") for w in words), error)
        self.fails(*program.CNN, "--steps", "100000000", "--resume", "--out", "text_run", words=["text_run.checkpoint: "])
        self.assertEqual(self.bytes_of("text_run.checkpoint"), kept)

    def test_other_labels_and_other_tests_are_another_run(self):
        self.stopped(program.CNN, "images_run")
        for name, word in (("train-labels-idx1-ubyte", "the labels differ"), ("t10k-labels-idx1-ubyte", "data to test"),
                           ("train-images-idx3-ubyte", "data to train"), ("t10k-images-idx3-ubyte", "data to test")):
            shutil.copytree(self.path("mini"), self.path("other"))
            data = bytearray(self.bytes_of("other/" + name))
            data[-1] = (data[-1] + 1) % 10
            self.write("other/" + name, data)
            self.fails(*program.instead(program.CNN, "--data", "other", "--steps", "100000000"), "--resume", "--out", "images_run",
                       words=["images_run.checkpoint: ", word])
            shutil.rmtree(self.path("other"))

    def test_weights_that_are_not_finite_are_not_written(self):
        for model, run in RUNS.items():
            out = f"inf_{model}"
            self.write(out, b"before")
            for steps in ("1", "3"):
                self.fails(*program.instead(run, "--steps", steps, "--lr", "1e39"), "--out", out, status=(1,),
                           words=["step ", "not finite", out + " was not written"])
                self.assertEqual(self.bytes_of(out), b"before")

    def test_the_last_good_weights_are_kept(self):
        # The learning rate grows over 100 steps, to a number that float cannot hold at the last.
        run = program.instead(program.GPT, "--steps", "400", "--lr", "1e37")
        for every in ("10", "250"):
            done = self.run_program(*run, "--out", "grown", "--checkpoint-every", every, "--log", "grown.csv")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, r"\Agradus: [^\n]*not finite[^\n]*\n\Z")
            self.assertFalse(os.path.exists(self.path("grown")))
            if os.path.exists(self.path("grown.checkpoint")):
                self.assertIn("grown.checkpoint holds the last good weights", done.stderr)
                self.assertTrue(all(abs(x) < float("inf") for x in self.values_of("grown.checkpoint")))
                os.unlink(self.path("grown.checkpoint"))
            else:
                self.assertNotIn("grown.checkpoint", done.stderr)

    def test_a_run_that_fails_late_leaves_the_weights_before(self):
        self.stopped(program.CNN, "late")
        step = int(program.header_of(self.path("late.checkpoint"))["__metadata__"]["next_step"])
        data = self.bytes_of("late.checkpoint")
        length, = struct.unpack("<Q", data[:8])
        header = json.loads(data[8:8 + length])
        begin, end = header["fc2.weight"]["data_offsets"]
        huge = data[:8 + length + begin] + struct.pack("<f", 3e38) * ((end - begin) // 4) + data[8 + length + end:]
        self.write("late.checkpoint", huge)
        self.fails(*program.instead(program.CNN, "--steps", "100000000"), "--resume", "--out", "late", status=(1,),
                   words=["not finite", f"step {step}", f"of the first {step} steps"])
        self.assertEqual(self.bytes_of("late.checkpoint"), huge)

    def test_nothing_is_written_from_weights_that_are_not_numbers(self):
        for source, commands in (("gpt.safetensors", [["generate"], ["observe", "--unit", "logits:1"], ["maximize", "--unit", "logits:1"]]),
                                 ("cnn.safetensors", [["observe", "--data", "mini", "--unit", "logits:1"],
                                                      ["maximize", "--data", "mini", "--unit", "logits:1"]])):
            for value in (float("nan"), float("inf")):
                self.write("bad", with_values(self.bytes_of(source), value))
                for command in commands:
                    with self.subTest(command=command, value=value):
                        self.fails(command[0], "bad", *command[1:], "--out", "x", status=(1, 2), words=["bad: ", "not finite"])
        for command in (["maximize", "gpt.safetensors", "--unit", "logits:1"],):
            self.fails(*command, "--steps", "1", "--lr", "1e39", "--out", "x", status=(1,), words=["not finite"])

    def test_the_end_of_the_terminal_saves_like_ctrl_c(self):
        status, output, error = self.stopped(program.CNN, "hung", signal.SIGHUP)
        self.assertEqual((status, output), (130, ""))
        self.assertIn("--resume goes on from hung.checkpoint", error)

    def test_a_file_that_grows_too_large(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        for run in (program.CNN + ["--steps", "2"], ["inspect", "cnn.safetensors"]):
            before = self.files()
            done = self.run_program(*run, "--out", "large", preexec_fn=limit)
            self.assertEqual(done.returncode, 1, done)
            self.assertRegex(done.stderr, r"\Agradus: large: cannot write: File too large\n\Z")
            self.assertEqual(self.files(), before)

    def test_help_that_cannot_be_printed(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("needs /dev/full")
        for arguments in (["--help"], ["--version"], ["train", "--help"], ["generate"], ["tape", "cnn"], ["observe", "--data", "mini"]):
            with open("/dev/full", "wb") as full:
                done = self.run_program(*arguments, stdout=full)
            self.assertEqual((done.returncode, done.stderr), (1, "gradus: standard output: cannot be written\n"), arguments)

    def test_the_log_is_the_curve(self):
        for model, run in RUNS.items():
            done = json.loads(self.succeeds(*run, "--out", "a", "--log", f"{model}.csv", "--json"))
            lines = self.bytes_of(f"{model}.csv").decode().splitlines()
            self.assertEqual(lines[0], "step,loss,grad_norm,learning_rate")
            table = [[float(x) for x in line.split(",")] for line in lines[1:]]
            self.assertEqual([row[0] for row in table], list(range(60)))
            self.assertAlmostEqual(table[-1][1], done["loss"], places=6)
            self.assertTrue(all(row[2] > 0 and row[3] > 0 for row in table))
        self.assertGreater(table[9][3], table[0][3])  # the GPT's learning rate warms up

    def test_a_resumed_run_leaves_the_same_log(self):
        run = program.instead(program.CNN, "--steps", "3000")
        self.succeeds(*run, "--out", "once", "--log", "once.csv")
        process = subprocess.Popen([self.program, *run, "--out", "twice", "--log", "twice.csv", "--checkpoint-every", "7"], cwd=self.home,
                                   env=program.ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        while not os.path.exists(self.path("twice.checkpoint")) and process.poll() is None:
            time.sleep(0.001)
        process.kill()  # whole rows may be there that the checkpoint does not know, and a part of one
        process.communicate()
        self.assertTrue(os.path.exists(self.path("twice.checkpoint")))
        with open(self.path("twice.csv"), "a") as f:
            f.write("123,4")
        self.write("notes.csv", b"step,what\n0,1\n")
        self.fails(*run, "--resume", "--out", "twice", "--log", "notes.csv", words=["notes.csv: ", "step,loss,grad_norm,learning_rate"])
        self.write("notes.csv", b"step,loss,grad_norm,learning_rate\n0,1,1,1\n")
        self.fails(*run, "--resume", "--out", "twice", "--log", "notes.csv", words=["notes.csv: ", "rows"])
        self.succeeds(*run, "--resume", "--out", "twice", "--log", "twice.csv")
        self.assertEqual(self.bytes_of("twice.csv"), self.bytes_of("once.csv"))
        self.assertEqual(self.bytes_of("twice"), self.bytes_of("once"))

    def test_the_confusion_table(self):
        done = json.loads(self.succeeds(*RUNS["cnn"], "--out", "a", "--json"))
        table = done["confusion"]
        labels = list(self.bytes_of("mini/t10k-labels-idx1-ubyte")[8:])
        self.assertEqual([sum(row) for row in table], [labels.count(digit) for digit in range(10)])
        self.assertAlmostEqual(sum(table[i][i] for i in range(10)) / 10, done["accuracy"])
        text = self.succeeds(*RUNS["cnn"], "--out", "a")
        self.assertIn("images by their digit (rows)", text)
        rows = [line.split()[1:] for line in text.splitlines() if line[:4].strip().isdigit() and len(line.split()) == 11]
        self.assertEqual([[0 if x == "." else int(x) for x in row] for row in rows], table)


if __name__ == "__main__":
    program.main()
