"""What the commands give: JSON and nothing else, the progress line, the units of a model, generated text."""
import fcntl
import json
import math
import os
import pty
import struct
import re
import subprocess
import termios
import unittest

import program


class Results(program.ProgramTest):
    def json_of(self, *arguments):
        """The one object on standard output, which is one line; nothing on standard error, which is no terminal."""
        output = self.succeeds(*arguments, "--json")
        self.assertRegex(output, r"\A\{[^\n]*\}\n\Z")
        return json.loads(output)

    def test_json_of_train(self):
        shared = {"model", "data", "train", "steps", "resumed_from", "loss", "seconds", "out", "settings"}
        cnn = self.json_of(*program.CNN, "--steps", "7", "--out", "a")
        self.assertEqual(set(cnn), shared | {"test", "accuracy", "confusion"})
        self.assertEqual((cnn["model"], cnn["train"], cnn["test"], cnn["steps"], cnn["out"]), ("cnn", 40, 10, 7, "a"))
        self.assertTrue(0 <= cnn["accuracy"] <= 1 and cnn["seconds"] > 0)
        gpt = self.json_of(*program.GPT, "--steps", "7", "--out", "b")
        self.assertEqual(set(gpt), shared | {"validation", "parameters", "validation_loss"})
        self.assertEqual((gpt["model"], gpt["train"], gpt["validation"], gpt["steps"], gpt["out"]), ("gpt", 900, 100, 7, "b"))
        self.assertTrue(1 < gpt["validation_loss"] < 3)  # six characters at random: ln 6 = 1.79

    def test_json_of_the_others(self):
        observed = self.json_of("observe", "cnn.safetensors", "--data", "mini", "--keep", "3", "--out", "o.png")
        self.assertEqual(set(observed), {"unit", "data", "count", "mean", "standard_deviation", "out", "most", "least"})
        self.assertEqual((observed["count"], len(observed["most"]), len(observed["least"])), (40, 3, 3))
        values = [e["value"] for e in observed["most"]]
        self.assertEqual(values, sorted(values, reverse=True))
        self.assertEqual(self.bytes_of("o.png")[:8], b"\x89PNG\r\n\x1a\n")
        found = self.json_of("maximize", "cnn.safetensors", "--data", "mini", "--steps", "20", "--unit", "logits:3", "--out", "m.png")
        self.assertLessEqual({"unit", "start", "end", "steps", "data_max", "noise_mean", "seconds", "out", "settings"}, set(found))
        self.assertGreater(found["end"], found["start"])
        self.assertEqual((found["weights_hash_before"], found["gradient_buffers"]), (found["weights_hash_after"], 1))
        found = self.json_of("maximize", "gpt.safetensors", "--steps", "20", "--unit", "h.1.mlp.act:37", "--vectors", "2", "--out", "m")
        self.assertGreater(found["end"], found["start"])
        self.assertEqual([len(row) for row in found["nearest"]], [3, 3])
        self.assertEqual(program.header_of(self.path("m"))["embeddings"]["shape"], [1, 2, 32])
        self.assertEqual(set(self.json_of("generate")), {"text", "prompt_tokens", "tokens", "seconds", "out"})
        self.assertEqual(set(self.json_of("inspect", "cnn.safetensors")), {"file", "holds", "model", "no_model", "metadata", "tensors", "units", "values"})

    def test_json_stays_json_when_a_name_is_not_utf8(self):
        out = self.run_program("inspect", "cnn.safetensors", "--json", "--out", b"\xff.json", text=False)
        self.assertEqual((out.returncode, out.stderr), (0, b""))
        json.loads(out.stdout.decode())
        os.link(self.path("cnn.safetensors"), os.path.join(os.fsencode(self.home), b"\xfe"))
        out = self.run_program("inspect", b"\xfe", "--json", text=False)
        self.assertEqual((out.returncode, out.stderr), (0, b""))
        json.loads(out.stdout.decode())

    def test_demo(self):
        done = self.json_of("demo", "--steps", "2", "--threads", "1", "--out", "page")
        self.assertLessEqual({"cnn", "gpt", "command", "seconds", "threads", "page", "verdicts"}, set(done))
        self.assertEqual(sorted(os.listdir(self.path("page"))), ["index.html", "summary.json"])
        self.assertEqual(json.loads(self.bytes_of("page/summary.json")), done)
        self.assertTrue(done["cnn"]["maximization"]["weights_unchanged"] and done["gpt"]["maximization"]["weights_unchanged"])
        page = self.bytes_of("page/index.html").decode()
        data = json.loads(re.search('<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])
        for frame in data["frames"]:  # every run has a value before its first step and one after its last
            told = done[frame["model"]]
            for run, first, last in (("training", "first_loss", "last_loss"), ("maximization", "start", "end")):
                self.assertEqual(frame[run]["steps"], [0, 1, 2])
                self.assertEqual((frame[run]["values"][0], frame[run]["values"][-1]), (told[run][first], told[run][last]))
                self.assertEqual([s["step"] for s in frame[run]["snapshots"]], [0, 1, 2])
        self.assertEqual([(v["claim"], v["verdict"]) for v in data["meta"]["verdicts"]],
                         [(v["claim"], v["verdict"]) for v in done["verdicts"]])
        self.assertEqual(done["command"], "gradus demo --seed 0 --steps 2 --cnn-unit conv2.relu:5 --gpt-unit h.1.mlp.act:37")

    def on_terminal(self, stream, *arguments, columns=80):
        """What a run writes to a terminal that is its standard output or error; what it writes to pipes as the other two."""
        try:
            main, terminal = pty.openpty()
        except OSError as error:
            self.skipTest(f"no terminal to be had: {error}")
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
        process = subprocess.Popen([self.program, *arguments], cwd=self.home, env=program.ENVIRONMENT, stdin=subprocess.DEVNULL,
                                   **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: terminal})
        os.close(terminal)
        shown = b""
        while True:
            try:
                piece = os.read(main, 4096)
            except OSError:  # the other side is closed
                piece = b""
            if not piece:
                break
            shown += piece
        os.close(main)
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        return shown, output, errors

    def test_progress_on_a_terminal_only(self):
        shown, output, _ = self.on_terminal("stderr", *program.CNN, "--steps", "30", "--json", "--out", "a")
        json.loads(output)
        self.assertIn(b"train cnn  30/30  loss ", shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown)  # wiped at the end
        self.assertNotIn(b"\n", shown)

    def test_what_maximize_is_told_about_images(self):
        run = ["maximize", "cnn.safetensors", "--data", "mini", "--steps", "8", "--unit", "logits:3", "--out", "m.png"]
        plain = self.json_of(*run)
        self.assertEqual((plain["settings"]["basis"], plain["settings"]["jitter"], plain["minimize"]), ("fourier", 1, False))
        pictures = {self.bytes_of("m.png")}
        for more in ("--basis pixels", "--basis pyramid", "--decay 0", "--range clamp", "--optimizer sgd", "--optimizer normalized",
                     "--start mean", "--start 7", "--brightness 0.3", "--spread 0.3", "--l1 9", "--l2 0", "--tv 0", "--blur 90",
                     "--jitter 0", "--rotate 20", "--scale 1.3", "--pad 3", "--noise 0.5", "--samples 3", "--minimize"):
            with self.subTest(more):
                done = self.json_of(*run, *more.split())
                self.assertTrue(done["weights_hash_before"] == done["weights_hash_after"] and done["gradient_buffers"] <= 4)
                pictures.add(self.bytes_of("m.png"))  # each changes the picture
        self.assertEqual(len(pictures), 22)
        lowered = self.json_of(*run, "--minimize", "--l2", "0", "--tv", "0", "--jitter", "0")
        self.assertLess(lowered["end"], lowered["start"])
        self.succeeds(*run, "--map", "where.png")
        self.assertEqual(self.bytes_of("where.png")[:4], b"\x89PNG")
        for wrong, words in (("--basis wavelets", ["--basis", "pixels, fourier, pyramid", "'wavelets'"]),
                             ("--range wide", ["--range", "sigmoid, clamp", "'wide'"]),
                             ("--optimizer lion", ["--optimizer", "adam, sgd, normalized", "'lion'"]),
                             ("--start 40", ["--start", "0 to 39", "'40'"]), ("--start x", ["--start", "'x'"]),
                             ("--map m.png", ["m.png"])):
            self.fails(*run, *wrong.split(), words=words)
        self.fails("maximize", "gpt.safetensors", "--unit", "logits:3", "--map", "x.png", words=["--map", "image"])

    def test_the_judges_have_their_say_and_tell_their_own_errors(self):
        found = self.json_of("maximize", "cnn.safetensors", "--data", "mini", "--steps", "2", "--unit", "logits:3", "--out", "m.png")
        self.assertEqual(len(found["judges"]), 2)
        for judge, number in zip(found["judges"], "12"):
            told = program.header_of(self.path(f"judge{number}.safetensors"))["__metadata__"]
            self.assertEqual((f"{judge['error_natural']:.6f}", f"{judge['error_reject']:.6f}"),
                             (told["error_natural"], told["error_reject"]))
            self.assertIn(judge["says"], [*"0123456789", "no digit"])
            self.assertTrue(1 / 11 <= judge["probability"] <= 1)
        self.assertTrue(0 <= found["nearest"]["image"] < 40 and 0 < found["nearest"]["cosine"] <= 1)
        copied = self.json_of("maximize", "cnn.safetensors", "--data", "mini", "--steps", "1", "--lr", "1e-9", "--spread", "0",
                              "--start", "7", "--basis", "pixels", "--unit", "logits:3", "--out", "m.png")
        self.assertEqual(copied["nearest"]["image"], 7)
        self.assertGreater(copied["nearest"]["cosine"], 0.999)

    def test_train_judge(self):
        run = ["train", "judge", "--data", "mini", "--batch", "5", "--steps", "6", "--seed", "1"]
        done = self.json_of(*run, "--out", "j.safetensors")
        kept = self.bytes_of("j.safetensors")
        self.assertTrue(0 <= done["error_natural"] <= 1 and 0 <= done["error_reject"] <= 1)
        self.succeeds(*run, "--threads", "2", "--out", "j.safetensors")
        self.assertEqual(self.bytes_of("j.safetensors"), kept)
        self.fails(*program.instead(run, "--batch", "4"), words=["--batch", "5"])

    def test_maximize_shows_its_image_on_a_terminal_only(self):
        run = ["maximize", "cnn.safetensors", "--data", "mini", "--steps", "2", "--unit", "logits:3", "--out", "m.png"]
        shown, _, errors = self.on_terminal("stdout", *run)
        self.assertEqual(errors, b"")
        self.assertEqual(shown.count("\u2580".encode()), 28 * 14)  # two rows of pixels in a line
        self.assertNotIn("\u2580", self.succeeds(*run))

    def tape_on_a_terminal(self, columns, *arguments):
        shown, _, errors = self.on_terminal("stdout", "tape", *arguments, columns=columns)
        self.assertEqual(errors, b"")
        return shown.decode().replace("\r\n", "\n").splitlines()

    def test_the_tape_fits_the_terminal(self):
        for model in ("gpt", "cnn", "characters.safetensors"):
            rows = self.json_of("tape", model)["nodes"]
            for columns in (80, 100, 132, 400):
                lines = self.tape_on_a_terminal(columns, model)
                self.assertEqual(len(lines), len(rows) + 2, (model, columns))  # a heading, a line a node, the loss
                for row, line in zip(rows, lines[1:]):
                    self.assertLessEqual(len(line), columns)
                    self.assertRegex(line, rf"\A *{row['number']}  {row['op']} ")
                    if row["state"] == "moves":
                        self.assertIn(" moves", line)
                self.assertEqual("backward us" in lines[0], columns == 400)
            self.assertIn("backward us", self.succeeds("tape", model).splitlines()[0])  # a pipe has no width

    def test_the_tape_is_of_a_real_sentence_and_real_digits(self):
        for name, classes in {"gpt.safetensors": 126, "characters.safetensors": 6}.items():
            for seed in "012":
                told = self.json_of("tape", name, "--seed", seed)
                # What 20 or 30 steps have learned is no worse than guessing; on tokens at random it would be.
                self.assertLess(told["loss"], 1.05 * math.log(classes), (name, seed))
            self.assertIn(f"input: {told['input']}\n", self.succeeds("tape", name, "--step", "--seed", "2"))
        self.assertRegex(self.json_of("tape", "gpt")["input"], r'\A"<bos> [a-z .<>]+"\Z')
        self.assertRegex(self.json_of("tape", "cnn")["input"], r"\Athe digits \d and \d\Z")

    def test_pictures_on_the_way(self):
        run = ["maximize", "cnn.safetensors", "--data", "mini", "--unit", "logits:3"]
        self.succeeds(*run, "--steps", "20", "--every", "5", "--out", "way.png")
        self.assertEqual(sorted(n for n in os.listdir(self.home) if n.startswith("way")),
                         ["way-000005.png", "way-000010.png", "way-000015.png", "way.png"])
        for steps in (5, 10, 15):
            self.succeeds(*run, "--steps", str(steps), "--out", "short.png")
            self.assertEqual(self.bytes_of("short.png"), self.bytes_of(f"way-{steps:06}.png"))
        os.unlink(self.path("way-000010.png"))
        os.link(self.path("mini/t10k-labels-idx1-ubyte"), self.path("way-000010.png"))
        self.fails(*run, "--steps", "20", "--every", "5", "--out", "way.png", words=["way-000010.png: ", "reads it"])
        self.fails(*run, "--steps", "2000", "--every", "1", "--out", "way.png", words=["--every", "1000", "2000"])
        self.fails("maximize", "gpt.safetensors", "--unit", "logits:3", "--every", "5", words=["--every", "images"])

    def test_inspect_lists_tensors_and_units(self):
        for name, model in (("cnn.safetensors", "cnn"), ("gpt.safetensors", "gpt"), ("characters.safetensors", "gpt")):
            header = program.header_of(self.path(name))
            metadata = header.pop("__metadata__")
            told = self.json_of("inspect", name)
            self.assertEqual((told["model"], told["metadata"]), (model, metadata))
            self.assertEqual({t["name"]: (t["dtype"], t["shape"]) for t in told["tensors"]},
                             {key: (t["dtype"], t["shape"]) for key, t in header.items()})
            self.assertEqual(4 * told["values"], max(t["data_offsets"][1] for t in header.values()))
            text = self.succeeds("inspect", name)
            for what in [t["name"] for t in told["tensors"]] + [u["address"] for u in told["units"]]:
                self.assertIn(f"  {what} ", text)

    def test_every_listed_unit_is_observed_and_maximized(self):
        for name, data in (("cnn.safetensors", ["--data", "mini"]), ("characters.safetensors", ["--data", "text"])):
            for unit in self.json_of("inspect", name)["units"]:
                name_of_unit, count = unit["address"], unit["count"]
                place = "," + unit["places"][0] if "places" in unit else ""  # of attention's weights
                with self.subTest(name=name, unit=name_of_unit):
                    self.json_of("observe", name, *data, "--unit", f"{name_of_unit}:{count - 1}{place}", "--out", "x")
                    images = data if name == "cnn.safetensors" else []
                    maximize = ["maximize", name, *images, "--steps", "2", "--vectors", "2", "--out", "x", "--unit"]
                    for index in range(count):  # after so few steps on noise some ReLUs are dead, and the program says so
                        done = self.run_program(*maximize, f"{name_of_unit}:{index}{place}", "--json")
                        if done.returncode == 0:
                            break
                        self.assertEqual((done.returncode, done.stdout), (1, ""))
                        self.assertIn("it seems to be dead", done.stderr)
                    self.assertEqual((json.loads(done.stdout)["unit"], json.loads(done.stdout)["steps"]),
                                     (f"{name_of_unit}:{index}{place}", 2))
                    for command in (maximize, ["observe", name, *data, "--unit"]):
                        self.fails(*command, f"{name_of_unit}:{count}{place}", words=[f"'{name_of_unit}'", f"0 to {count - 1}"])

    def test_generate_depends_on_the_seed_alone(self):
        first = self.succeeds("generate", "--seed", "3", "--tokens", "30")
        self.assertEqual(self.succeeds("generate", "--seed", "3", "--tokens", "30", "--threads", "2"), first)
        self.assertEqual(self.json_of("generate", "--seed", "3", "--tokens", "30")["text"] + "\n", first)
        self.assertNotEqual(self.succeeds("generate", "--seed", "4", "--tokens", "30"), first)
        greedy = {self.succeeds("generate", "--temperature", "0", "--seed", seed) for seed in "123"}
        greedy.add(self.succeeds("generate", "--top-k", "1", "--seed", "4"))
        self.assertEqual(len(greedy), 1)
        text = self.succeeds("generate", "characters.safetensors", "--prompt", "abba", "--tokens", "50", "--out", "t")
        self.assertTrue(text.startswith("abba") and len(text) == 4 + 50 + 1)
        self.assertEqual(self.bytes_of("t").decode(), text)
        self.assertEqual(self.succeeds("generate", "--prompt", "the girl", "--tokens", "0"), "the girl\n")


if __name__ == "__main__":
    program.main()
