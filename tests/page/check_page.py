#!/usr/bin/env python3
"""Checks the page that `gradus demo` writes, in headless Chromium. Needs Chromium and Python's standard library only.

  check_page.py                       the page's sources with sample_data.json
  check_page.py --data FILE           the page's sources with other data
  check_page.py PAGE.html             a finished page
  options: --out FOLDER (screenshots; default build/page), --chromium PROGRAM

It fails when the page logs an error or asks the network for anything, when the slider, the keys, the play button, the
tabs or the theme do not work, when a column does not follow the slider, when something does not fit at 1400, 1000 or
400 pixels or is too small to read, when a text has too little contrast, when a control has no name, or when a tab does not show
its own model's code, both runs to the same end, what is compared as an equation, the shapes of both directions, predictions and
where the unit fires. Talks to Chromium over its DevTools pipe
(NUL-ended JSON).
"""
import argparse
import base64
import copy
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
sources = here.parent.parent / "maximize" / "app" / "page"
scripts = ["dom.js", "charts.js", "tape.js", "snapshots.js", "details.js",
           "page.js"]  # the order in which they are joined
slow = 60  # seconds until an answer from Chromium counts as missing


def build(data):
    """The finished page, as the program makes it: each marker replaced once, `<` in the data written as \\u003c."""
    page = (sources / "index.html").read_text()
    parts = {"/*STYLE*/": (sources / "page.css").read_text(),
             "/*SCRIPT*/": "\n".join((sources / name).read_text() for name in scripts),
             "/*DATA*/": json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")}
    for marker in parts:
        if page.count(marker) != 1:
            raise SystemExit(f"index.html: expected the marker {marker} once, found it {page.count(marker)} times")
    for marker, text in parts.items():
        before, after = page.split(marker, 1)
        page = before + text + after
    return page


class Browser:
    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="gradus-page-")
        to_read, self.to = os.pipe()
        self.back, back_write = os.pipe()
        # Chromium reads its orders from descriptor 3 and answers on 4.
        shell = f'exec "$@" 3<&{to_read} 4>&{back_write}'
        self.process = subprocess.Popen(
            ["bash", "-c", shell, "bash", program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
             "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--hide-scrollbars",
             f"--user-data-dir={self.folder}", "--remote-debugging-pipe", "about:blank"],
            pass_fds=(to_read, back_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(back_write)
        self.rest, self.count, self.events, self.session = b"", 0, [], None

    def receive(self, until):
        while b"\0" not in self.rest:
            if not select.select([self.back], [], [], max(0, until - time.monotonic()))[0]:
                return None
            piece = os.read(self.back, 1 << 20)
            if not piece:
                raise SystemExit("Chromium ended before it answered")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.count += 1
        order = {"id": self.count, "method": method, "params": params}
        if self.session:
            order["sessionId"] = self.session
        os.write(self.to, json.dumps(order).encode() + b"\0")
        until = time.monotonic() + slow
        while (message := self.receive(until)) is not None:
            if message.get("id") == self.count:
                if "error" in message:
                    raise SystemExit(f"{method}: {message['error']['message']}")
                return message["result"]
            self.events.append(message)
        raise SystemExit(f"{method}: no answer from Chromium within {slow} s")

    def run(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            thrown = result["exceptionDetails"].get("exception", {})
            raise SystemExit(f"in the page: {thrown.get('description', expression)}")
        return result["result"].get("value")

    def close(self):
        self.session = None
        try:
            self.call("Browser.close")
            self.process.wait(timeout=20)
        except (SystemExit, OSError, subprocess.TimeoutExpired):
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Check:
    def __init__(self, browser, page, out):
        self.browser, self.page, self.out, self.failures = browser, page, out, []
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network", "Accessibility"]:
            browser.call(f"{domain}.enable")

    def expect(self, condition, failure):
        if not condition:
            self.failures.append(failure)

    def open(self, fragment="", width=1400, dark=False, still=False, page=None):
        """Loads the page anew with that fragment, waits until it is drawn, and collects what it logged or asked for."""
        browser = self.browser
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        browser.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"}])
        browser.call("Page.navigate", url="about:blank")
        browser.events.clear()
        browser.call("Page.navigate", url=(page or self.page).as_uri() + fragment)
        browser.run("new Promise((done) => {"
                    " const ready = () => requestAnimationFrame(() => requestAnimationFrame(done));"
                    " document.readyState === 'complete' ? ready() : addEventListener('load', ready); })")

    def logged(self):
        """Errors and warnings that the page logged, and addresses that it asked for, since it was opened."""
        self.browser.run("0")
        found = []
        for event in self.browser.events:
            params = event.get("params", {})
            if event.get("method") == "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                found.append("exception: " + details.get("exception", {}).get("description", details["text"]))
            elif event.get("method") == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                found.append(f"{params['entry']['level']}: {params['entry']['text']}")
            elif event.get("method") == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
                words = [str(a.get("value", a.get("description"))) for a in params["args"]]
                found.append(f"console.{params['type']}: {' '.join(words)}")
            elif event.get("method") == "Network.requestWillBeSent":
                url = params["request"]["url"]
                if url.split("#")[0] not in (self.page.as_uri(), "about:blank") and not url.startswith("data:"):
                    found.append(f"asked for {url}")
        return found

    def columns(self):
        """{side: [step, last step, snapshot]} as the visible frame shows them."""
        return self.browser.run("Object.fromEntries([...document.querySelectorAll('.frame:not([hidden]) .column')]"
                                ".map((c) => [c.classList.contains('training') ? 'training' : 'maximization', "
                                "[Number(c.dataset.step), Number(c.dataset.last), Number(c.dataset.snapshot)]]))")

    def press(self, key, code=0):
        for kind in ["keyDown", "keyUp"]:
            self.browser.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def slider_moves_both(self, model):
        seen = {}
        for t in [0, 0.5, 1]:
            self.open(f"#{model}&t={t}")
            seen[t] = self.columns()
            self.expect(self.logged() == [], f"{model} at t={t}: {self.logged()}")
            visible = self.browser.run("document.querySelectorAll('.frame:not([hidden]) .snapshot.shown').length")
            self.expect(visible == 2, f"{model} at t={t}: {visible} snapshots are visible, expected one a column")
        for side in ["training", "maximization"]:
            first, middle, end = (seen[t].get(side, [None] * 3) for t in [0, 0.5, 1])
            self.expect(None not in first + middle + end and first[0] < middle[0] < end[0] == end[1],
                        f"{model}, {side}: steps {first[0]}, {middle[0]}, {end[0]} at t = 0, 0.5, 1; the last is "
                        f"{end[1]}")
            self.expect(first[2] != end[2], f"{model}, {side}: the same snapshot at the start and at the end")

    def keys_and_buttons(self, models):
        browser = self.browser
        self.open("#t=0.5")
        before = self.columns()
        browser.run("document.getElementById('time').focus()")
        for _ in range(30):
            self.press("ArrowRight", 39)
        after = self.columns()
        for side in before:
            self.expect(after[side][0] > before[side][0],
                        f"arrow key on the slider: {side} stayed at step {before[side][0]}")
        spoken = browser.run("document.getElementById('time').getAttribute('aria-valuetext')")
        self.expect(all(str(after[side][0]) in spoken.replace(",", "") for side in after),
                    f"the slider says '{spoken}' at {after}")

        if len(models) > 1:
            browser.run("document.querySelector('[role=tab]').focus()")
            self.press("ArrowRight", 39)
            shown = browser.run("[...document.querySelectorAll('.frame')].filter((f) => !f.hidden).map((f) => f.id)")
            self.expect(shown == [f"frame-{models[1]}"],
                        f"arrow key on the tabs: {shown} is shown, expected frame-{models[1]}")
            self.expect(browser.run("document.querySelector('.frame:not([hidden]) .chart svg') !== null"),
                        "the second tab has no chart")

        for still in [False, True]:
            self.open("#t=1", still=still)
            browser.run("document.getElementById('play').click()")
            self.expect(browser.run("document.getElementById('play').getAttribute('aria-label')") == "Pause",
                        "playing, the button does not say Pause")
            time.sleep(1.6)
            value = browser.run("document.getElementById('time').value")
            self.expect(0 < int(value) < 700,
                        f"1.6 s after play (less motion: {still}) the slider is at {value} of 1000")
            self.expect(self.columns()["maximization"][0] < after["maximization"][1], "play does not move the columns")

        self.open("")
        ground = "getComputedStyle(document.body).backgroundColor"
        light = browser.run(ground)
        browser.run("document.getElementById('theme').click()")
        dark = browser.run(ground)
        self.expect(light != dark, "the theme button does not change the colours")
        self.open("", dark=True)
        self.expect(browser.run(ground) == dark, "the system's dark theme differs from the button's")
        self.open("#light", dark=True)
        self.expect(browser.run(ground) == light, "#light does not win over the system's dark theme")
        self.expect(self.logged() == [], f"buttons: {self.logged()}")

    def names(self, where):
        """Every control and picture has a name for a screen reader."""
        for node in self.browser.call("Accessibility.getFullAXTree")["nodes"]:
            role = node.get("role", {}).get("value")
            if not node.get("ignored") and role in ("button", "slider", "tab", "tabpanel", "image", "img", "tablist"):
                self.expect(node.get("name", {}).get("value"), f"{where}: a {role} has no accessible name")

    def looks(self, model):
        for width in [1400, 1000, 400]:
            for dark in [False, True]:
                where = f"{model}-{width}-{'dark' if dark else 'light'}"
                for t in [0, 0.5, 1]:
                    self.open(f"#{model}&t={t}", width=width, dark=dark)
                    for complaint in self.browser.run((here / "probe.js").read_text()):
                        self.expect(False, f"{where} at t={t}: {complaint}")
                    if t == 0.5:
                        height = self.browser.run("document.documentElement.scrollHeight")
                        self.browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                                          deviceScaleFactor=1, mobile=False)
                        shot = self.browser.call("Page.captureScreenshot", format="png")
                        (self.out / f"{where}.png").write_bytes(base64.b64decode(shot["data"]))
                self.names(where)

    def opens_at_the_start(self, data):
        for frame in data["frames"]:
            self.open(f"#{frame['model']}")
            for side, (step, _, snapshot) in self.columns().items():
                first = frame[side]["steps"][0]
                self.expect(step == snapshot == first, f"{frame['model']}, {side}: opens at step {step}, not at {first}")
            self.expect(self.browser.run("document.getElementById('time').value") == "0", "the slider opens elsewhere than at 0")

    def tells(self, frame):
        """What a reader must be told and once was not."""
        model, run = frame["model"], self.browser.run
        texts = lambda selector: run(f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.textContent)")
        self.open(f"#{model}&t=1")
        code = frame["code"]
        self.expect(texts("#code pre") == [code["training"], code["maximization"]], f"{model}: the tab shows other code: {texts('#code pre')}")
        self.expect(set(texts("#code mark")) == set(code["moving"].values()), f"{model}: marked in the code: {texts('#code mark')}")
        ends = {side: last for side, (_, last, _) in self.columns().items()}
        self.expect(len(set(ends.values())) == 1, f"{model}: the columns count to different ends: {ends}")
        for side in ends:
            label = " ".join(texts(f".frame:not([hidden]) .{side} .line-label")).replace("\u00a0", " ")
            for line in frame[side]["lines"]:
                self.expect(f"{line['label']} = " in label, f"{model}, {side}: '{line['label']}' is no equation in '{label}'")
        axes = texts(".frame:not([hidden]) [data-leaf=input] .axes")
        self.expect(len(axes) == 2 and axes[0] != axes[1] and all(re.fullmatch(r"([A-Z] = \d+(, )?)+", a) for a in axes),
                    f"{model}: the input's axes in training and in maximization: {axes}")
        letters = re.findall("[A-Z]", axes[0]) if axes else []
        head = texts(".frame:not([hidden]) .box.leaf > .shape")[-1]
        self.expect(head.startswith("(" + ", ".join(letters) + ","), f"{model}: the input's shape is {head}, its axes {axes}")
        shown = lambda selector: run(f"[...document.querySelectorAll('.frame:not([hidden]) {selector}')].filter((e) => "
                                     "e.checkVisibility({visibilityProperty: true})).map((e) => e.textContent)")
        if model == "cnn":
            self.expect(any(words.startswith("where") for words in shown(".maximization .sheet > figcaption")),
                        "cnn: nothing shows where the unit fires")
            seen = {}
            for t in [0, 1]:
                self.open(f"#cnn&t={t}")
                seen[t] = shown(".training .prediction")
                self.expect(len(seen[t]) >= 8, f"cnn at t={t}: predictions: {seen[t]}")
            self.expect(seen[0] != seen[1], "cnn: the predictions are the same at the start and at the end")
        else:
            positions = len(frame["maximization"]["snapshots"][0]["tokens"])
            self.expect(len(shown(".maximization td.activation")) == positions, f"{model}: nothing shows at which vector the unit fires")

    def tape(self, model):
        self.open(f"#{model}&t=1")
        states = self.browser.run("[...document.querySelectorAll('.frame:not([hidden]) .half')]"
                                  ".map((half) => [half.dataset.state, half.dataset.unchanged])")
        self.expect(sorted(states) == [["locked", "true"]] * 2 + [["moves", "false"]] * 2,
                    f"{model}: expected two locked, unchanged leaves and two moving, changed ones; the tape shows "
                    f"{states}")

    def rough_data(self, data):
        """Nothing breaks when numbers are large, names long and optional parts absent."""
        rough = copy.deepcopy(data)
        for frame in rough["frames"]:
            run = frame["maximization"]
            run["values"] = [None if v is None else -12345.6 * v for v in run["values"]]
            run["lines"] = [{"label": "an incomprehensibly long name of a line", "value": -123456.7},
                            {"label": "noise mean", "value": -840},
                            {"label": "noise maximum", "value": -839}, {"label": "not finite", "value": None}]
            run.pop("exemplars", None)
            run.pop("null_cosine", None)
            frame["training"]["lines"] = []
            for snapshot in frame["training"]["snapshots"]:
                snapshot.pop("hash", None)
                snapshot["caption"] = "averylongword" * 12
        rough["meta"].pop("verdicts", None)
        rough["meta"]["settings"] = [{"name": "averylongname" * 8, "value": "averylongvalue" * 12}]
        rough["meta"]["command"] = "gradus demo " + "--option=value " * 20
        page = self.out / "rough.html"
        page.write_text(build(rough))
        for width in [1400, 400]:
            for frame in rough["frames"]:
                self.open(f"#{frame['model']}&t=0.5", width=width, page=page)
                logged = [line for line in self.logged() if page.as_uri() not in line]
                for complaint in self.browser.run((here / "probe.js").read_text()) + logged:
                    self.expect(False, f"rough data, {frame['model']}-{width}: {complaint}")
        page.unlink()

    def bad_data(self, data):
        """Data that contradicts the page's claim must be seen as such, and broken data must say so."""
        spoiled = copy.deepcopy(data)
        spoiled["frames"][0]["maximization"]["locked"]["hash_after"] = "0000000000000000"
        spoiled["frames"][0]["training"]["values"][3] = None
        page = self.out / "spoiled.html"
        page.write_text(build(spoiled))
        self.open("#t=1", page=page)
        self.expect(self.browser.run("document.querySelectorAll('.half.bad').length") == 1,
                    "locked weights that changed are not marked")
        del spoiled["frames"][0]["training"]["steps"]
        page.write_text(build(spoiled))
        self.open("", page=page)
        self.expect(self.browser.run("document.getElementById('failure').checkVisibility()"),
                    "data without steps: the page says nothing")
        self.expect(any(line.startswith("exception") for line in self.logged()),
                    "data without steps: no exception reached this check")
        page.unlink()

    def everything(self, data):
        models = [frame["model"] for frame in data["frames"]]
        for model in models:
            self.slider_moves_both(model)
            self.tape(model)
            self.tells(next(frame for frame in data["frames"] if frame["model"] == model))
            self.looks(model)
        self.opens_at_the_start(data)
        self.keys_and_buttons(models)
        self.rough_data(data)
        self.bad_data(data)


def main():
    parser = argparse.ArgumentParser(description="Checks the demo's page in headless Chromium.")
    parser.add_argument("page", nargs="?", type=pathlib.Path,
                        help="a finished page; without it, one is made from the sources")
    parser.add_argument("--data", type=pathlib.Path, default=here / "sample_data.json")
    parser.add_argument("--out", type=pathlib.Path, default=here.parent.parent / "build" / "page")
    found = [program for name in ("chromium", "chromium-browser", "google-chrome") if (program := shutil.which(name))]
    parser.add_argument("--chromium", default=found[0] if found else None)
    given = parser.parse_args()
    if not given.chromium:
        raise SystemExit("Chromium was not found; name it with --chromium")
    given.out.mkdir(parents=True, exist_ok=True)
    page = given.page
    if page is None:
        page = given.out / "index.html"
        page.write_text(build(json.loads(given.data.read_text())))

    browser = Browser(given.chromium)
    try:
        check = Check(browser, page.resolve(), given.out.resolve())
        check.open()
        check.expect(check.logged() == [], f"on opening: {check.logged()}")
        check.expect(not browser.run("document.getElementById('failure').checkVisibility()"),
                     "the page says that it cannot show its data")
        if not check.failures:
            check.everything(browser.run("JSON.parse(document.getElementById('data').textContent)"))
    finally:
        browser.close()
    for failure in dict.fromkeys(check.failures):
        print(f"FAILED {failure}")
    print(f"{page}: {len(dict.fromkeys(check.failures))} failures; screenshots in {given.out}")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
