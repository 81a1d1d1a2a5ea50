#!/usr/bin/python3
"""Tests how the notebooks show values: a tensor as numbers, images as PNG, curves and a tape as SVG, all of it in HTML too. pictures_test.py BUILD"""
import base64
import re
import struct
import unittest
import zlib
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree

from cells import BUILD, GRADUS, execute, main, new_notebook, outputs, run, text

SVG = "{http://www.w3.org/2000/svg}"


def grey(png):
    """Rows of an 8-bit grey PNG's values."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data = 8, b""
    while at < len(png):
        n, kind = struct.unpack(">I4s", png[at:at + 8])
        body, at = png[at + 8:at + 8 + n], at + 12 + n
        if kind == b"IHDR":
            width, height, *rest = struct.unpack(">IIBBBBB", body)
            assert rest[:2] == [8, 0], rest  # 8 bits, grey
        data += body if kind == b"IDAT" else b""
    raw, rows, above = zlib.decompress(data), [], [0] * width
    for y in range(height):
        kind, *row = raw[y * (width + 1):(y + 1) * (width + 1)]
        assert kind in (0, 1, 2), kind  # as written, or the difference to the left or above
        for x in range(width):
            row[x] = (row[x] + (0, row[x - 1] if x else 0, above[x])[kind]) % 256
        rows.append(row)
        above = row
    return rows


class Images(HTMLParser):
    """The sources of a page's pictures."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.found.append(dict(attributes)["src"])


class Values(unittest.TestCase):
    def test_a_tensor_shows_its_numbers(self):
        out = run(GRADUS, "Tensor({2, 3}, {1, 2, 3, 4, 5, 6.5})", "Tensor::full({100, 100}, 1)")
        self.assertEqual(out[1], [{"text/plain": "(2, 3) [1, 2, 3, 4, 5, 6.5]"}])
        self.assertRegex(text(out[2])[0], r"^\(100, 100\) \[1, 1, .{,200}$")  # of a large one the beginning

    def test_pictures(self):
        cells = [GRADUS + '\n#include "show.h"',
                 "contact_sheet(Tensor({1, 1, 2, 3}, {0, 0.5, 1, 1, 0.5, 0}), 1, 2)",
                 'CurveChart{.y = "loss <nats>", .lines = {{"training", {1, 2, 3}, {3, 2, 1}}, {"test", {1, 3}, {3, 2}}}}',
                 'Parameter w("w", Tensor({3}));\nTape t({&w});\nt.backward(sum(square(t.leaf(w))));\nt.table()',
                 '#include <xcpp/xdisplay.hpp>\nstruct Bold { int n; };\nMimeBundle mime_bundle_repr(const Bold& b) { return {"{\\"text/html\\": \\"<b>" + std::to_string(b.n) + "</b>\\"}"}; }\n'
                 "xcpp::display(Bold{3});"]
        notebook = execute(new_notebook(cells), BUILD)
        out = outputs(notebook)
        # Each pixel twice as large.
        self.assertEqual(grey(base64.b64decode(out[1][0]["image/png"])),
                         [[0, 0, 128, 128, 255, 255]] * 2 + [[255, 255, 128, 128, 0, 0]] * 2)
        chart = ElementTree.fromstring(out[2][0]["image/svg+xml"])
        words = [e.text for e in chart.iter(SVG + "text")]
        for word in ("training", "test", "loss <nats>", "step"):
            self.assertIn(word, words)
        tape = ElementTree.fromstring(out[3][0]["image/svg+xml"])
        self.assertTrue(any("square" in (e.text or "") for e in tape.iter(SVG + "text")))
        self.assertRegex(out[3][0]["text/plain"], r"(?m)^ *1 +square ")
        self.assertEqual(out[4][0]["text/html"], "<b>3</b>")
        self.assertEqual(out[4][0]["text/plain"], "<text/html>")
        self.in_html(notebook, [out[1][0]["image/png"], out[2][0]["image/svg+xml"], out[3][0]["image/svg+xml"]])

    def in_html(self, notebook, pictures):
        """As nbconvert writes it, all pictures are in the page, whole."""
        from nbconvert import HTMLExporter
        page, _ = HTMLExporter().from_notebook_node(notebook)
        sources = Images(page).found
        self.assertEqual([s.partition(",")[0] for s in sources],
                         ["data:image/png;base64", "data:image/svg+xml;base64", "data:image/svg+xml;base64"])
        decoded = [base64.b64decode(s.partition(",")[2]) for s in sources]
        self.assertEqual(decoded, [base64.b64decode(pictures[0])] + [p.encode() for p in pictures[1:]])
        self.assertIn("<b>3</b>", page)
        self.assertIn("CurveChart", unescape(re.sub(r"<[^>]*>", "", page)))


if __name__ == "__main__":
    main()
