"""Files that are missing, damaged or of another kind, units that do not exist, and places that cannot be written."""
import json
import os
import shutil
import struct
import subprocess
import time
import unittest

import program

READERS = [["inspect"], ["observe", "--unit", "logits:0"], ["maximize", "--unit", "logits:0"], ["generate"]]


class Files(program.ProgramTest):
    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)
        return name

    def with_header(self, name, source, change):
        """A copy of a weight file, its header changed."""
        data = self.bytes_of(source)
        length, = struct.unpack("<Q", data[:8])
        header = json.loads(data[8:8 + length])
        change(header)
        text = json.dumps(header).encode()
        return self.write(name, struct.pack("<Q", len(text)) + text + data[8 + length:])

    def test_what_is_no_weight_file(self):
        os.mkdir(self.path("folder"))
        os.mkfifo(self.path("pipe"))
        self.write("empty", b"")
        self.write("garbage", bytes(range(256)) * 8)
        self.write("json", b'{"conv1.weight": 1}')
        self.write("zeros", bytes(1000))
        for reader in READERS:
            for name in ("missing", "folder", "pipe", "empty", "garbage", "json", "zeros", "text"):
                with self.subTest(reader=reader[0], name=name):
                    self.fails(*reader, name, words=[name + ": "])

    def test_files_cut_off_anywhere(self):
        for source in ("cnn.safetensors", "characters.safetensors"):
            whole = self.bytes_of(source)
            start = 8 + struct.unpack("<Q", whole[:8])[0]
            for length in {1, 7, 8, 9, 100, start - 1, start, start + 1, len(whole) // 2, len(whole) - 1}:
                with self.subTest(source=source, length=length):
                    self.write("cut", whole[:length])
                    self.fails("inspect", "cut", words=["cut: "])
            self.write("longer", whole + b"\0")
            self.fails("inspect", "longer", words=["longer: "])

    def test_the_model_of_another_command(self):
        self.fails("generate", "cnn.safetensors", words=["cnn.safetensors", "TinyGpt", "TinyCnn"])
        self.write("other", struct.pack("<Q", 2) + b"{}")
        for reader in READERS[1:]:
            self.fails(*reader, "other", words=["other: ", "TinyCnn", "TinyGpt"])

    def told(self, *arguments):
        return json.loads(self.succeeds("inspect", *arguments, "--json"))

    def checkpoint_of(self, run, out):
        """The checkpoint of a run that was stopped."""
        process = subprocess.Popen([self.program, *run, "--steps", "100000000", "--checkpoint-every", "5", "--out", out],
                                   cwd=self.home, env=program.ENVIRONMENT, stderr=subprocess.DEVNULL)
        self.addCleanup(process.kill)
        end = time.monotonic() + 60
        while not os.path.exists(self.path(out + ".checkpoint")) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.001)
        process.terminate()
        process.wait(timeout=60)
        return out + ".checkpoint"

    def test_inspect_reads_any_safetensors_file(self):
        self.write("other", struct.pack("<Q", 2) + b"{}")
        told = self.told("other")
        self.assertEqual((told["holds"], told["model"], told["tensors"], told["units"]), ("tensors", "", [], []))
        self.assertIn("TinyCnn", told["no_model"])
        self.assertRegex(self.succeeds("inspect", "other"), "0 tensors(.|\n)*no model: other: ")
        self.succeeds("maximize", "gpt.safetensors", "--unit", "logits:0", "--steps", "1", "--out", "found")
        told = self.told("found")
        self.assertEqual((told["holds"], told["metadata"], told["model"]), ("embeddings", {"unit": "logits:0"}, ""))
        self.assertEqual([t["name"] for t in told["tensors"]], ["embeddings"])
        for out, train, heads, model in (("c", program.CNN, [], "cnn"), ("g", program.GPT, ["--heads", "2"], "gpt")):
            told = self.told(self.checkpoint_of(train, out), *heads)
            self.assertEqual((told["holds"], told["model"], told["no_model"]), ("checkpoint", model, ""))
            self.assertIn("logits", [unit["address"] for unit in told["units"]])

    def test_what_stands_in_the_place_of_weights(self):
        self.write("pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 497781\n")
        self.write("page", b"<!DOCTYPE html>\n<html><head><title>404</title></head></html>")
        self.write("pickle", b"\x80\x02}q\x00(X\x06\x00\x00\x00weightq\x01K\x01u.")
        for reader in READERS:
            for name, words in (("pointer", "Git LFS"), ("page", "HTML"), ("pickle", "a pickle")):
                self.fails(*reader, name, words=[name + ": ", words])

    def test_a_number_of_heads_that_the_file_does_not_tell(self):
        def heads(number):
            def change(header):
                header["__metadata__"].pop("n_head")
                if number is not None:
                    header["__metadata__"]["n_head"] = number
            return change

        os.makedirs(self.path("model"), exist_ok=True)
        self.with_header("model/silent", "characters.safetensors", heads(None))
        whole = self.succeeds("generate", "characters.safetensors")
        uses = [["generate"], ["observe", "--unit", "logits:0", "--data", "text"], ["tape"],
                ["maximize", "--unit", "logits:0", "--steps", "1", "--out", "found"]]
        for use in uses:
            self.fails(use[0], "model/silent", *use[1:], words=["model/silent: ", "--heads", "config.json"])
            self.succeeds(use[0], "model/silent", *use[1:], "--heads", "2")
            self.fails(use[0], "characters.safetensors", *use[1:], "--heads", "4", words=["2 attention heads, not of 4"])
        self.assertIn("--heads", self.told("model/silent")["no_model"])
        self.assertEqual(self.told("model/silent", "--heads", "2")["model"], "gpt")
        self.assertIn(" 2 attention heads", self.succeeds("inspect", "model/silent", "--heads", "2"))
        self.write("model/config.json", b'{"n_head": 2}')
        self.assertEqual(self.succeeds("generate", "model/silent"), whole)
        for wrong in ("4abc", "4.0", ""):
            self.with_header("wrong", "characters.safetensors", heads(wrong))
            self.fails("generate", "wrong", words=["wrong: ", "n_head", f"'{wrong}'"])

    def test_what_a_file_says_cannot_command_a_terminal(self):
        tokens = ["\x1b", "\x07", "\x9b", "\x00", "\u202e", "\x7f"]
        self.with_header("hostile", "characters.safetensors", lambda h: h["__metadata__"].update(
            {"vocabulary": json.dumps(tokens), "note\x1b[2J": "\x07\u202e"}))

        def tame(output):
            self.assertNotRegex(output, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")

        generate = ["generate", "hostile", "--tokens", "60", "--temperature", "9"]
        for run in (generate, ["inspect", "hostile"],
                    ["maximize", "hostile", "--unit", "logits:0", "--steps", "1", "--out", "found"]):
            tame(self.succeeds(*run))
            tame(self.succeeds(*run, "--json"))
        text = self.succeeds(*generate)
        for shown in ("\\x1b", "\\x07", "\\xc2\\x9b", "\\x00", "\\xe2\\x80\\xae", "\\x7f"):
            self.assertIn(shown, text)
        self.assertEqual(len(json.loads(self.succeeds(*generate, "--json"))["text"]), 61)
        self.assertEqual(self.told("hostile")["metadata"]["note\x1b[2J"], "\x07\u202e")
        name = "tensor\x1b]0;title\x07\x9b\u202e\nforged"
        text = json.dumps({name: {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}).encode()
        self.write("named", struct.pack("<Q", len(text)) + text)
        tame(self.succeeds("inspect", "named"))
        tame(self.succeeds("inspect", "named", "--json"))
        self.assertEqual(self.told("named")["tensors"][0]["name"], name)

    def test_tensors_that_do_not_fit(self):
        def rename(header):
            header["fc9.weight"] = header.pop("fc1.weight")

        def reshape(header):
            header["fc2.weight"]["shape"].reverse()

        for change, word in ((rename, "fc1.weight"), (reshape, "fc2.")):
            self.with_header("changed", "cnn.safetensors", change)
            for reader in READERS[1:3]:
                self.fails(*reader, "changed", words=["changed: ", word])
            self.assertIn(word, self.told("changed")["no_model"])

    def test_a_vocabulary_that_is_missing_or_wrong(self):
        characters = json.loads(program.header_of(self.path("characters.safetensors"))["__metadata__"]["vocabulary"])
        self.with_header("wordless", "characters.safetensors", lambda h: h["__metadata__"].pop("vocabulary"))
        self.fails("generate", "wordless", words=["wordless: ", "vocabulary"])
        self.fails("observe", "wordless", "--unit", "logits:0", words=["wordless: ", "vocabulary"])
        self.fails("maximize", "wordless", "--unit", "logits:0", words=["wordless: ", "vocabulary"])
        self.succeeds("inspect", "wordless")
        for wrong in ("", "orchard", '"orchard"', "[]", "{}", "[1, 2]", json.dumps(characters[:-1]),
                      json.dumps([*characters[:-1], "ab"]), json.dumps([*characters[:-1], characters[0]]), "[" * 100000):
            with self.subTest(wrong[:40]):
                self.with_header("wrong", "characters.safetensors", lambda h: h["__metadata__"].update(vocabulary=wrong))
                self.fails("generate", "wrong", words=["wrong: ", "vocabulary"])

    def test_units_that_do_not_exist(self):
        known = "conv1.relu conv1.pool conv2.relu conv2.pool fc1.relu logits"
        for command in (["observe", "cnn.safetensors", "--data", "mini"], ["maximize", "cnn.safetensors", "--data", "mini"]):
            self.fails(*command, "--unit", "bogus:1", words=["'bogus'", known])
            self.fails(*command, "--unit", "logits:10", words=["'logits'", "0 to 9", "10"])
            for text in ("logits", "logits:", ":1", "", "logits:x", "logits:-1", "logits:1.5", "a\nb"):
                self.fails(*command, "--unit", text, words=["unit", "expected an address and an index"])
        for command in ("observe", "maximize"):
            self.fails(command, "gpt.safetensors", "--unit", "bogus:1", words=["'bogus'", "h.1.mlp.act", "logits"])
            self.fails(command, "gpt.safetensors", "--unit", "h.1.mlp.act:128", words=["0 to 127", "128"])
        self.fails("demo", "--cnn-unit", "bogus:1", "--steps", "2", "--out", "text", words=["text"])
        self.fails("demo", "--cnn-unit", "bogus:1", "--steps", "1000000", words=["'bogus'", known])
        self.fails("demo", "--gpt-unit", "logits:999", "--steps", "1000000", words=["'logits'", "999"])

    WRITERS = [program.CNN + ["--steps", "100000000"], program.GPT + ["--steps", "100000000"],  # refused before the work
               ["observe", "cnn.safetensors", "--data", "mini"], ["maximize", "cnn.safetensors", "--data", "mini"],
               ["maximize", "gpt.safetensors", "--unit", "logits:0"], ["generate"], ["inspect", "cnn.safetensors"]]

    def test_places_that_cannot_be_written(self):
        os.mkdir(self.path("taken"))
        for writer in self.WRITERS:
            with self.subTest(writer[:2]):
                for out in ("nowhere/file", "text/file", "taken", "taken/"):
                    self.fails(*writer, "--out", out, words=[out], status=(1, 2))
        self.fails("demo", "--out", "text/folder", words=["text/folder"], status=(1, 2))
        os.makedirs(self.path("demo/index.html"))
        self.fails("demo", "--out", "demo", words=["demo/index.html"], status=(1, 2))

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs /dev/full")
    def test_a_standard_output_that_is_full(self):
        for more in ([], ["--json"]):
            with open("/dev/full", "wb") as full:
                done = self.run_program("inspect", "cnn.safetensors", *more, stdout=full)
            self.assertEqual((done.returncode, done.stderr), (1, "gradus: standard output: cannot be written\n"))

    def test_texts_and_pictures_that_cannot_be_learned(self):
        self.write("empty", b"")
        self.write("short", b"abc")
        self.write("latin", b"caf\xe9 " * 100)
        train = ["train", "gpt", "--steps", "5", "--out", "x", "--data"]
        self.fails(*train, "empty", words=["empty: ", "empty"])
        self.fails(*train, "short", words=["short: ", "too short"])
        self.fails(*train, "latin", words=["latin: ", "not UTF-8 at byte 3"])
        self.fails(*train, "missing", words=["missing: "])
        self.fails(*train, "mini", words=["mini: ", "folder"])
        cnn = ["train", "cnn", "--steps", "5", "--out", "x", "--data"]
        self.fails(*cnn, "missing", words=["missing: "])
        self.fails(*cnn, "text", words=["text: "])
        shutil.copytree(self.path("mini"), self.path("cut_mini"))
        os.truncate(self.path("cut_mini/train-images-idx3-ubyte"), 5000)
        self.fails(*cnn, "cut_mini", words=["train-images-idx3-ubyte"])

    def test_what_a_model_cannot_read(self):
        self.fails("generate", "characters.safetensors", "--prompt", "abz", words=["'z'", "position 2"])
        self.fails("generate", "characters.safetensors", "--prompt", b"a\xff", words=["not UTF-8"])
        self.fails("generate", "--prompt", "the zebrafish", words=["'zebrafish'"])
        self.write("other_text", b"xyz" * 100)
        self.write("empty", b"")
        self.write("short", b"abc")
        observe = ["observe", "characters.safetensors", "--unit", "logits:0", "--data"]
        self.fails(*observe, "other_text", words=["'x'" , "vocabulary"])
        self.fails(*observe, "empty", words=["empty: "])
        self.fails("observe", "cnn.safetensors", "--data", "text", words=["text: "])


if __name__ == "__main__":
    program.main()
