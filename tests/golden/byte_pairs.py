#!/usr/bin/python3
"""Makes byte_pairs.json: strings and the tokens that GPT-2's published algorithm gives them, with python3-regex for its pattern.

    byte_pairs.py FOLDER        with GPT-2's vocab.json and merges.txt

Characters that Unicode 14 does not know are left out: whether one is a letter depends on the library's age."""
import json
import random
import sys
import unicodedata
from pathlib import Path

import regex

WORDS = regex.compile(r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""")


def visible_bytes():
    """Which character the files write for each byte."""
    seen = [*range(0x21, 0x7f), *range(0xa1, 0xad), *range(0xae, 0x100)]
    hidden = [b for b in range(256) if b not in seen]
    return {b: chr(b) for b in seen} | {b: chr(256 + n) for n, b in enumerate(hidden)}


class Reference:
    def __init__(self, folder):
        self.ids = json.loads((folder / "vocab.json").read_text())
        lines = (folder / "merges.txt").read_text().split("\n")[1:]
        self.rank = {tuple(line.split()): n for n, line in enumerate(lines) if line.strip()}
        self.visible = visible_bytes()

    def join(self, word):
        parts = [self.visible[b] for b in word.encode()]
        while len(parts) > 1:
            best = min(zip(parts, parts[1:]), key=lambda pair: self.rank.get(pair, len(self.rank)))
            if best not in self.rank:
                break
            joined, i = [], 0
            while i < len(parts):
                two = tuple(parts[i:i + 2]) == best
                joined.append("".join(parts[i:i + 1 + two]))
                i += 1 + two
            parts = joined
        return parts

    def encode(self, text):
        return [self.ids[part] for word in WORDS.findall(text) for part in self.join(word)]


def random_strings(count, seed):
    draw = random.Random(seed)
    spaces = " \t\n\r\v\f\x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\u200b\ufeff\u180e\x1c\x1f\0"
    pieces = ["'s", "'ll", "'S", " '", "  ", " a", "1", "½", "²", "Ⅷ", "é", "ß", "日本", "😀", "👩‍👩‍👧", "\U00020000", "ﬁ", "ا", "ก"]
    for _ in range(count):
        text = ""
        while len(text) < draw.randint(1, 24):
            kind = draw.random()
            if kind < 0.35:
                text += chr(draw.randint(32, 126))
            elif kind < 0.5:
                text += draw.choice(spaces)
            elif kind < 0.65:
                text += draw.choice(pieces)
            else:
                c = chr(draw.randint(0x80, 0x2fff if kind < 0.9 else 0xffff))
                text += c if unicodedata.category(c) not in ("Cn", "Cs", "Co") else ""
        yield text


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    reference = Reference(Path(sys.argv[1]))
    fixed = ["", "a", " ", "  ", "Hello world", "I'm here, they're there; it'LL do.", "The quick  brown\n\n fox", "1234567890 12,000.5", "naïve café",
             "<|endoftext|>", "tab\tand\r\nline", "a" * 100, " " * 33 + "x", "x" + " " * 33, "日本語のテキスト", "🙂🙂", "don't 'tis 's"]
    cases = [{"text": t, "ids": reference.encode(t)} for t in [*fixed, *random_strings(300, 1)]]
    lines = ",\n".join(json.dumps(c) for c in cases)
    Path(__file__).with_name("byte_pairs.json").write_text("[\n" + lines + "\n]\n")


if __name__ == "__main__":
    main()
