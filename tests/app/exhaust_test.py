#!/usr/bin/python3
"""gradus exhaust: the best texts of a length, what is written, Ctrl-C, and what is refused."""
import json
import os
import pty
import select
import signal
import subprocess
import time
import unittest

import program


class Exhaust(program.ProgramTest):
    def found(self, *arguments):
        return json.loads(self.succeeds("exhaust", *arguments, "--json"))

    def test_the_best_are_in_order_and_no_other_run_finds_a_higher_one(self):
        one = self.found("--unit", "h.0.mlp.act:3,last", "--length", "2", "--keep", "50", "--threads", "1")
        self.assertEqual((one["texts"], one["tried"], len(one["best"])), (126 ** 2, 126 ** 2, 50))
        values = [b["value"] for b in one["best"]]
        self.assertEqual(values, sorted(values, reverse=True))
        self.assertEqual(one["highest"], values[0])
        self.assertTrue(one["lowest"] < one["mean"] < one["highest"])
        two = self.found("--unit", "h.0.mlp.act:3,last", "--length", "2", "--keep", "50", "--threads", "2")
        self.assertEqual(two["best"], one["best"])
        # The best of length 1 in front of anything: the same unit at the last token of a text of 1 token is one of the table's rows.
        self.assertEqual(self.found("--unit", "h.0.mlp.act:3", "--length", "1")["texts"], 126)

    def test_what_is_written(self):
        text = self.succeeds("exhaust", "--unit", "h.0.mlp.act:3,last", "--length", "2", "--keep", "20", "--out", "best.txt")
        self.assertRegex(text, r"\Aunit h\.0\.mlp\.act:3,last on 15876 of 15876 texts of 2 tokens \(\d+ a second\): mean ")
        self.assertEqual(text.count("\n"), 11)
        lines = self.bytes_of("best.txt").decode().splitlines()
        self.assertEqual((len(lines), lines[:10]), (20, text.splitlines()[1:]))

    def test_ctrl_c_keeps_what_was_found(self):
        master, slave = pty.openpty()  # the progress line says when it is at work
        process = subprocess.Popen([self.program, "exhaust", "--length", "4", "--out", "some.txt"], cwd=self.home, env=program.ENVIRONMENT,
                                   stdout=subprocess.PIPE, stderr=slave, text=True)
        os.close(slave)
        until = time.time() + 60
        seen = b""
        while b"highest" not in seen and time.time() < until:
            if select.select([master], [], [], 1)[0]:
                seen += os.read(master, 4096)
        process.send_signal(signal.SIGINT)
        out = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 130)
        said = b""
        while select.select([master], [], [], 0.2)[0]:
            try:
                said += os.read(master, 4096)
            except OSError:
                break
        os.close(master)
        self.assertIn(b"these are the best of those", said)
        self.assertRegex(out, r"on \d+ of 252047376 texts")
        self.assertEqual(len(self.bytes_of("some.txt").splitlines()), 100)

    def test_what_is_refused(self):
        for arguments, words in (
            (["--length", "5"], ["at most 1000000000 texts, got 126^5"]), (["--length", "17"], ["1 to 16 tokens, the model's context, got 17"]),
            (["--length", "0"], ["--length"]), (["--keep", "0"], ["--keep"]), (["--unit", "nonsense:0"], ["nonsense"]),
            (["--unit", "h.0.mlp.act:5000"], ["5000"]), (["cnn.safetensors"], ["cnn.safetensors"]), (["missing"], ["missing"]),
            (["gpt.safetensors", "--out", "gpt.safetensors"], ["gpt.safetensors"]), (["--out", "no/such/folder"], ["no/such"])):
            self.fails("exhaust", *arguments, words=words)


if __name__ == "__main__":
    program.main()
