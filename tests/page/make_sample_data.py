#!/usr/bin/env python3
"""Writes sample_data.json: made-up numbers in the form that maximize/app/page/page.js describes, to check it with.

    make_sample_data.py PAGE     PAGE: a page that `gradus demo` wrote, for its two drawings of the tape

Nothing else in it was measured. It holds what real data may hold and a page may get wrong: values that are not finite, a `<`
in a word, long words, a decoding within its null.
"""
import base64
import json
import math
import pathlib
import random
import re
import sys


def image(width, height, grey, **more):
    """grey(x, y) in [0, 1] for x, y in [-1, 1]."""
    at = lambda i, n: 2 * (i + 0.5) / n - 1
    values = bytes(round(255 * min(max(grey(at(i, width), at(j, height)), 0),
                                   1)) for j in range(height) for i in range(width))
    return {"w": width, "h": height, "data": base64.b64encode(values).decode(), **more}


def ring(x, y, slant, radius, thickness):
    return math.exp(-((math.hypot(x + slant * y, 0.8 * y) - radius) / thickness) ** 2)


def sheet(images, black, white, **more):
    return {"images": images, "scale": {"black": black, "white": white}, **more}


def hashes(rng):
    return f"{rng.getrandbits(64):016x}"


def leaf(name, before, after):
    return {"name": name, "hash_before": before, "hash_after": after}


def curve(first, last, steps, rate, noise, rng):
    span = steps[-1]
    return [round(last + (first - last) * math.exp(-rate * s / span) + rng.gauss(0, noise), 4) for s in steps]


def cnn(rng, tapes):
    steps = list(range(0, 501, 10))
    marks = [0, 50, 100, 200, 350, 500]
    trained, start, end, data = hashes(rng), hashes(rng), hashes(rng), hashes(rng)
    noise = [[rng.random() for _ in range(25)] for _ in range(16)]

    def filters(t):
        result = []
        for k in range(16):
            angle = math.pi * k / 16
            edge = lambda x, y: 0.5 + 0.5 * math.sin(2.2 * (x * math.cos(angle) + y * math.sin(angle)) + k)
            picked = iter(noise[k])
            result.append(image(5, 5, lambda x, y: t * edge(x, y) + (1 - t) * next(picked)))
        return result

    digits = [image(28, 28, lambda x, y: ring(x, y, 0.3 - 0.06 * k, 0.3 + 0.04 * k, 0.12)) for k in range(10)]

    def predictions(a):
        wrong = round(10 * (1 - a))
        return [{"said": str(k if k >= wrong else (k + 1 + len(marks)) % 10), "share": round(0.2 + 0.79 * a * rng.random(), 3),
                 "right": k >= wrong} for k in range(10)]

    accuracy = [0.11, 0.62, 0.84, 0.95, 0.975, 0.981]
    training_marks = [
        {"step": s, "caption": f"accuracy {a} on new digits", "predictions": predictions(a),
         "sheets": [sheet(filters(min(1, s / 300)), "each one's least", "its greatest", caption="the 16 filters of conv1")],
         **({"hash": hashes(rng)} if 0 < s < 500 else {})} for s, a in zip(marks, accuracy)]
    up = list(range(0, 501, 10))
    grain = [rng.random() for _ in range(784)]

    def made(t):
        picked = iter(grain)
        return image(28, 28, lambda x, y: t * ring(x, y, 0.25, 0.5, 0.2) + (1 - 0.75 * t) * 0.6 * next(picked))

    def fires(t):
        return image(14, 14, lambda x, y: t * ring(x, y, 0.25, 0.5, 0.2))

    values = curve(0.4, 14.2, up, 4, 0.05, rng)
    values[7] = None
    return {
        "model": "cnn", "heading": "A small CNN on glyphs",
        "text": "Digits of 28 x 28 pixels, drawn from strokes. On the left the weights learn to name the digit. On "
                "the right the same "
                "function runs with those weights locked, and one image climbs until unit conv2.relu:5 is as active "
                "as it gets.",
        "training": {
            "locked": leaf("batches of 64 digits", data, data), "moving": leaf("52,138 weights", hashes(rng), trained),
            "probes": sheet(digits, "0", "1", caption="What it says of ten new digits, and how sure it is:"),
            "quantity": "loss (nats)", "steps": steps, "values": curve(2.34, 0.06, steps, 9, 0.02, rng),
            "lines": [{"label": "guessing: ln 10", "value": 2.3026}, {"label": "linear model", "value": 0.41}],
            "snapshots": training_marks,
            "result": "Made-up result: the loss fell from 2.34 to 0.06 nats; 98.1 % of 1,000 new digits are named "
                      "correctly."},
        "maximization": {
            "unit": "conv2.relu:5", "locked": leaf("52,138 weights", trained, trained),
            "moving": leaf("one image", start, end),
            "quantity": "activation", "steps": up, "values": values,
            "lines": [{"label": "data maximum", "value": 6.3}, {"label": "data mean", "value": 1.12},
                      {"label": "noise mean", "value": 0.84}],
            "snapshots": [{"step": s, "caption": "",
                           "sheets": [sheet([made(s / 500)], "0", "1", caption="the image being made"),
                                      sheet([fires(s / 500)], "0", "31", caption="where in it conv2.relu:5 fires")],
                           **({"hash": hashes(rng)} if 0 < s < 500 else {})} for s in [0, 30, 90, 190, 320, 500]],
            "exemplars": {"caption": "the 9 digits, of 10,000, that excite the unit most",
                          "scale": {"black": "0", "white": "1"},
                          "images": [image(28, 28, lambda x, y: ring(x, y, 0.1 * k - 0.3, 0.42 + 0.03 * (k % 4), 0.14),
                                           caption=f"{6.3 - 0.2 * k:.1f}") for k in range(9)]},
            "result": "Made-up result: the activation is 2.3 times that of the best digit. The slanted loop agrees "
                      "with the exemplars; the grain "
                      "around it is of no use to a reader: it is what the unit, not the eye, likes."},
        "code": {"file": "maximize/both_directions.cpp",
                 "training": "descend(cnn.parameters(), Adam{1e-3}, 500, [&](Tape& t, int) {\n  return "
                             "cross_entropy(cnn(t.constant(images)), labels);\n}, show);",
                 "maximization": "descend({&image}, Adam{5e-2}, 500, [&](Tape& t, int) {\n  return penalty(t, image) "
                                 "- activation(cnn, t.leaf(image), unit);\n}, show);",
                 "moving": {"training": "cnn.parameters()", "maximization": "{&image}"}},
        "tape": {"svg": tapes["cnn"],
            "gradient_note": "Grey: values, forward. Red: the gradient, backward, to the leaf that moves. A locked "
                             "leaf gets no gradient buffer. "
                             "Maximization records the tape only as far as the unit."}}


def gpt(rng, tapes):
    steps = list(range(0, 2001, 40))
    marks = [0, 200, 600, 1200, 2000]
    trained, data, start, end = hashes(rng), hashes(rng), hashes(rng), hashes(rng)
    samples = [["walked pear the not hammers . dog", "ate ate</script><b>banana the", "a . . cat will teacher apple"],
               ["the dog the apple . the", "a apple walked the", "the teachers not eats ."],
               ["the dog walks the apple .", "a teacher ate not .", "the cats eat pears ."],
               ["the dog eats an apple .", "a teacher did not eat .", "the cats ate two pears ."],
               ["the old dog ate the banana .", "no teacher eats a hammer .", "the cats did not carry the pears ."]]
    loss = [4.84, 3.1, 2.2, 1.61, 1.43]
    words = ["banana", "walked", "<eos>", "hammer", "teachers", "not", "pear", "incomprehensibilities", "dog", "ate",
             "carried", "two"]
    up = list(range(0, 2001, 40))

    def tokens(t):
        result = []
        for i in range(5):
            best = 0.21 + 0.06 * i * t * (i != 3) + rng.uniform(0, 0.03)
            result.append({"nearest": [{"token": words[(i * 3 + k + int(3 * t)) % len(words)],
                                        "cosine": round(best - 0.03 * k, 3)} for k in range(3)],
                           "activation": round(rng.uniform(0, 40) * t, 3)})
        return result

    return {
        "model": "gpt", "heading": "A small GPT on orchard sentences",
        "text": "Sentences from a small grammar, one token a word. On the left the weights learn to continue them. "
                "On the right the weights are "
                "locked, and 5 embedding vectors climb until unit h.1.mlp.act:37 is as active as it gets.",
        "training": {
            "locked": leaf("12 sentences of 64 words a step", data, data),
            "moving": leaf("814,720 weights", hashes(rng), trained),
            "quantity": "loss (nats per token)", "steps": steps, "values": curve(4.87, 1.41, steps, 6, 0.03, rng),
            "lines": [{"label": "guessing: ln 128", "value": 4.852}, {"label": "word frequency", "value": 3.31},
                      {"label": "grammar's entropy", "value": 1.36}],
            "snapshots": [{"step": s, "caption": f"text it generates; validation loss {l} nats", "samples": text,
                           **({"hash": hashes(rng)} if 0 < s < 2000 else {})} for s, l,
                          text in zip(marks, loss, samples)],
            "result": "Made-up result: validation loss 1.43 nats per token, 0.07 above the entropy of the grammar "
                      "itself."},
        "maximization": {
            "unit": "h.1.mlp.act:37", "locked": leaf("814,720 weights", trained, trained),
            "moving": leaf("5 embedding vectors", start, end),
            "quantity": "activation", "steps": up, "values": curve(0.02, 21.7, up, 3, 0.05, rng),
            "lines": [{"label": "data maximum", "value": 3.91}, {"label": "data mean", "value": 0.21},
                      {"label": "noise mean", "value": 0.03}],
            "snapshots": [{"step": s, "caption": "the words nearest to the 5 vectors", "tokens": tokens(s / 2000),
                           **({"hash": hashes(rng)} if 0 < s < 2000 else {})} for s in [0, 200, 600, 1200, 2000]],
            "null_cosine": 0.262,
            "exemplars": {"caption": "the places in 4,000 sentences that excite the unit most (after the marked word)",
                          "texts": [{"before": "the old dog", "token": "ate", "after": "the banana .", "value": 3.91},
                                    {"before": "two cats", "token": "carried", "after": "a pear .", "value": 3.78},
                                    {"before": "no teacher", "token": "walked", "after": ".", "value": 3.52},
                                    {"before": "", "token": "<eos>", "after": "the dogs ate", "value": 3.31}]},
            "result": "Made-up result: the activation is 5.5 times that of the best sentence, and the words are "
                      "gibberish. Two of the five cosines lie "
                      "within the null, as a random direction's would: the vectors are not close to any word. "
                      "Observation says more: past tense."},
        "code": {"file": "maximize/both_directions.cpp",
                 "training": "descend(gpt.parameters(), AdamW{1e-3}, 2000, [&](Tape& t, int) {\n  return "
                             "cross_entropy(gpt(t, tokens), targets);\n}, show);",
                 "maximization": "descend({&embeddings}, Adam{1e-3}, 2000, [&](Tape& t, int) {\n  return lambda * "
                                 "mean(sum(square(t.leaf(embeddings)), {-1})) - activation(run, t.leaf(embeddings), unit);\n}, show);",
                 "moving": {"training": "gpt.parameters()", "maximization": "{&embeddings}"}},
        "tape": {"svg": tapes["gpt"],
            "gradient_note": "In training the input embeddings are looked up from the words; in maximization they "
                             "are the leaf itself. Grey: values, "
                             "forward. Red: the gradient, backward, to the leaf that moves."}}


def sample(tapes):
    rng = random.Random(7)
    return {
        "title": {"heading": "Gradus: one tape, two directions",
                  "sentence": "The same function and the same tape, twice: training moves the weights to lower a "
                              "loss; reverse optimization locks them "
                              "and moves the input to raise one unit. (Development data: every number here is made "
                              "up.)"},
        "meta": {"command": "gradus demo --seed 7 --out demo/", "seed": 7, "threads": 2, "seconds": 58.2,
                 "version": "0.0-sample",
                 "settings": [{"name": "CNN training", "value": "Adam, lr 0.001, 500 steps, batch 64"},
                              {"name": "CNN maximization",
                               "value": "Adam, lr 0.05, 500 steps; total variation 0.02; pixels in [0, 1]"},
                              {"name": "GPT training", "value": "AdamW, lr 0.001, 2000 steps, batch 12, context 64"},
                              {"name": "GPT maximization", "value": "Adam, lr 0.001, 2000 steps, L2 penalty 0.01"},
                              {"name": "GPT size", "value": "2 layers, 4 heads, 128 wide, vocabulary 128"},
                              {"name": "null directions", "value": 1000}],
                 "verdicts": [{"claim": "The maximized image beats every digit of the data",
                               "threshold": "activation above the data maximum",
                               "measured": "14.2 against 6.3", "null": "0.84, the mean over noise", "verdict": "HOLDS"},
                              {"claim": "The maximized vectors mean words",
                               "threshold": "all 5 cosines above the null's 95th percentile",
                               "measured": "3 of 5", "verdict": "FAILS"},
                              {"claim": "The unit is a past-tense neuron",
                               "threshold": "interval of the AUC above the linear probe's less 0.05",
                               "measured": "0.88 to 0.97 against 0.95", "verdict": "UNDECIDED"}]},
        "frames": [cnn(rng, tapes), gpt(rng, tapes)]}


if __name__ == "__main__":
    page = pathlib.Path(sys.argv[1]).read_text()
    demo = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])
    text = json.dumps(sample({frame["model"]: frame["tape"]["svg"] for frame in demo["frames"]}), ensure_ascii=False,
                      separators=(",", ":"))
    pathlib.Path(__file__).with_name("sample_data.json").write_text(text + "\n")
