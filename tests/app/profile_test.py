"""--profile: where the time of a step goes, and that to ask changes nothing else."""
import json
import unittest

import program

GPT = program.instead(program.GPT, "--dropout", "0")  # 4 sequences of 8 positions, 16 wide, one layer
ROWS, WIDTH, CONTEXT = 4 * 8, 16, 8


class Profile(program.ProgramTest):
    def profile_of(self, *arguments):
        """The profile of a run, after what holds of every profile was checked; and the rest of its JSON."""
        run = json.loads(self.succeeds(*arguments, "--profile", "--json"))
        profile = run.pop("profile")
        self.assertEqual(set(profile), {"steps", "warm_up_steps", "step_ms", "ops", "modules", "outside"})
        outside = profile["outside"]
        self.assertTrue(0 < outside["share"] < 1)
        self.assertAlmostEqual(outside["ms"] / profile["step_ms"], outside["share"])
        for what in ("op", "module"):
            rows = profile[what + "s"]
            for row in rows:
                self.assertEqual(list(row), [what, "nodes", "forward_ms", "backward_ms", "share", "gflops", "bytes"])
                self.assertAlmostEqual((row["forward_ms"] + row["backward_ms"]) / profile["step_ms"], row["share"])
                self.assertGreater(row["forward_ms"], 0)
            self.assertEqual(len({row[what] for row in rows}), len(rows))
            self.assertAlmostEqual(sum(row["share"] for row in rows) + outside["share"], 1)
            times = [row["share"] for row in rows]
            self.assertEqual(times, sorted(times, reverse=True))
        for total in ("nodes", "bytes", "forward_ms", "backward_ms"):
            self.assertAlmostEqual(sum(row[total] for row in profile["ops"]), sum(row[total] for row in profile["modules"]))
        return profile, run

    def work(self, row):
        """The products of a step, in floating-point operations."""
        return row["gflops"] * 1e6 * (row["forward_ms"] + row["backward_ms"])

    def test_train_gpt(self):
        profile, _ = self.profile_of(*GPT, "--steps", "9", "--out", "a")
        self.assertEqual((profile["steps"], profile["warm_up_steps"]), (6, 3))
        ops = {row["op"]: row for row in profile["ops"]}
        self.assertEqual({name: row["nodes"] for name, row in ops.items()},
                         {"add": 3, "causal_attention": 1, "conv1d_1x1": 4, "cross_entropy": 1, "embedding": 1, "gelu_tanh": 1,
                          "layer_norm": 3, "linear": 1, "slice": 1})
        self.assertEqual({name for name, row in ops.items() if row["gflops"] is not None},
                         {"causal_attention", "conv1d_1x1", "linear"})
        # Three products of one size: the layer, and its gradients by input and weight. c_attn, c_proj, c_fc, c_proj:
        weights = WIDTH * (3 * WIDTH + WIDTH + 4 * WIDTH + 4 * WIDTH)
        self.assertAlmostEqual(self.work(ops["conv1d_1x1"]) / (3 * 2 * ROWS * weights), 1)
        self.assertEqual(ops["conv1d_1x1"]["bytes"], 2 * 4 * ROWS * (3 + 1 + 4 + 1) * WIDTH)  # floats, and their gradients
        self.assertAlmostEqual(self.work(ops["linear"]) / (3 * 2 * ROWS * WIDTH * 6), 1)  # six characters
        self.assertAlmostEqual(self.work(ops["causal_attention"]) / (12 * ROWS * CONTEXT * WIDTH), 1)
        modules = {row["module"]: row for row in profile["modules"]}
        self.assertEqual(set(modules), {"(no module)", "wte", "h.0", "h.0.ln_1", "h.0.attn", "h.0.attn.c_attn", "h.0.attn.c_proj",
                                        "h.0.ln_2", "h.0.mlp", "h.0.mlp.c_fc", "h.0.mlp.c_proj", "ln_f"})
        self.assertAlmostEqual(self.work(modules["h.0.mlp.c_fc"]) / (3 * 2 * ROWS * WIDTH * 4 * WIDTH), 1)
        self.assertIsNone(modules["ln_f"]["gflops"])

    def test_train_cnn(self):
        profile, _ = self.profile_of(*program.CNN, "--steps", "5", "--out", "a")
        self.assertEqual(profile["steps"], 2)
        modules = {row["module"]: row for row in profile["modules"]}
        weights = program.header_of(self.path("a"))
        out, channels, height, width = weights["conv1.weight"]["shape"]
        forward = 2 * 4 * 28 * 28 * out * channels * height * width  # four images, padded to keep their size
        self.assertAlmostEqual(self.work(modules["conv1"]) / (2 * forward), 1)  # the pixels need no gradient

    def test_maximize(self):
        for name, unit in (("cnn", "conv2.relu:5"), ("gpt", "h.1.mlp.act:3")):
            run = ["maximize", name + ".safetensors", "--data", "mini", "--unit", unit, "--steps", "20"]
            with self.subTest(name):
                profile, told = self.profile_of(*run, "--out", "with")
                plain = json.loads(self.succeeds(*run, "--out", "without", "--json"))
                self.assertEqual(profile["steps"], 17)
                for changes in ("seconds", "out"):
                    del told[changes], plain[changes]
                self.assertEqual(told, plain)
                self.assertEqual(self.bytes_of("with"), self.bytes_of("without"))
                self.assertIn("nodes", self.succeeds(*run, "--out", "with", "--profile").split("profile of 17 steps")[1])

    def test_training_ends_in_the_same_file(self):
        for run in (program.CNN, program.GPT):
            self.succeeds(*run, "--steps", "30", "--out", "without")
            text = self.succeeds(*run, "--steps", "30", "--out", "with", "--profile")
            self.assertEqual(self.bytes_of("with"), self.bytes_of("without"))
            result, _, tables = text.partition("\nprofile of 27 steps, the first 3 left out: ")
            self.assertIn("weights: with\n", result)
            for table in tables.split("\n\n")[1:]:  # one by op, one by module
                heading, *rows = table.strip().split("\n")
                self.assertRegex(heading, r"^(op|module) +nodes +ms +forward +backward +share +GFLOP/s +bytes$")
                shares = [float(row.split(" %")[0].split()[-1]) for row in rows]
                self.assertEqual(shares, sorted(shares, reverse=True))
                self.assertAlmostEqual(sum(shares), 100, delta=0.05 * len(rows))  # each is rounded
                self.assertEqual(sum(row.startswith("(outside the ops)") for row in rows), 1)
            self.assertEqual(tables.count("GFLOP/s"), 2)

    def test_a_run_of_the_first_steps_alone(self):
        profile = json.loads(self.succeeds(*GPT, "--steps", "3", "--out", "a", "--profile", "--json"))["profile"]
        self.assertEqual((profile["steps"], profile["warm_up_steps"], profile["ops"]), (0, 3, []))
        text = self.succeeds(*GPT, "--steps", "2", "--out", "a", "--profile")
        self.assertTrue(text.endswith("\nprofile: no step was measured, for the first 3 are left out\n"), text)


if __name__ == "__main__":
    program.main()
