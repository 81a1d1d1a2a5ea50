#!/usr/bin/python3
"""Opens JupyterLab in headless Chromium on a copy of notebook 01, runs all its cells, edits one and runs it, and takes a picture.

    jupyterlab_test.py [--front FOLDER] [--picture FILE.png] BUILD

Debian 12 has JupyterLab's server and no front end: this builds one from npm's @jupyterlab packages, in FOLDER (default build/jupyterlab), once.
Needs apt-get install python3-jupyterlab-server chromium nodejs npm libjs-mathjax. Not part of ctest: it asks the network."""
import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "notebooks"), str(ROOT / "tests/page")]
from check_page import Browser
from notebook import jupyter_path

EXTENSIONS = ("application apputils cell-toolbar codemirror completer docmanager docprovider filebrowser fileeditor launcher mainmenu mathjax2 notebook rendermime running "
              "shortcuts statusbar theme-light tooltip translation ui-components").split()
TOOLS = {"webpack": "^5.41.1", "webpack-cli": "^4.1.0", "webpack-merge": "^5.8.0", "@jupyterlab/builder": "~3.6.8"}
INDEX = """import { PageConfig } from '@jupyterlab/coreutils';
__webpack_public_path__ = PageConfig.getOption('fullStaticUrl') + '/';
const styles = import('./build/style.js');
addEventListener('load', async () => {
  await styles;
  const { JupyterLab } = await import('@jupyterlab/application');
  window.lab = new JupyterLab();
  lab.registerPluginModules(await Promise.all([%s]));
  await lab.start();
  await lab.restored;
  window.ready = true;
});
"""
WEBPACK = """const { Build } = require('@jupyterlab/builder');
const base = require('@jupyterlab/builder/lib/webpack.config.base');
const extras = Build.ensureAssets({packageNames: Object.keys(require('./package.json').dependencies), output: 'build', themeOutput: 'build'});
module.exports = [require('webpack-merge').merge(base.default || base, {
  mode: 'production', devtool: false, optimization: {minimize: false}, entry: './index.js', output: {path: __dirname + '/build', filename: 'bundle.js'}
})].concat(extras);
"""
PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>JupyterLab</title></head><body>
{% set config = page_config.copy() %}{% set _ = config.update(baseUrl=base_url, wsUrl=ws_url, fullMathjaxUrl='/static/mathjax/MathJax.js') %}
<script id="jupyter-config-data" type="application/json">{{ config | tojson }}</script>
<script src="{{ page_config['fullStaticUrl'] }}/bundle.js" main="index"></script></body></html>
"""
SERVER = """import os
from jupyterlab_server import LabServerApp
here = os.path.dirname(os.path.abspath(__file__))
def _jupyter_server_extension_points():
    return [{"module": __name__, "app": Lab}]
class Lab(LabServerApp):
    name, app_name, app_version, app_url, extension_url, load_other_extensions = "lab", "JupyterLab", "3.6.8", "/lab", "/lab", False
    static_dir, templates_dir = here + "/build", here
    schemas_dir, themes_dir = here + "/build/schemas", here + "/build/themes"
    app_settings_dir, user_settings_dir, workspaces_dir = here + "/settings", here + "/user_settings", here + "/workspaces"
Lab.launch_instance()
"""
# What is typed over the cell that draws the tape.
EDITED = """// edited, and run again: another expression of w
Tape t2({&w});
t2.backward(sum(tanh(t2.leaf(w) * 2 - 5)));
t2.table()"""


def build_front(folder):
    if (folder / "build/bundle.js").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    names = {f"@jupyterlab/{name}-extension": "~3.6.8" for name in EXTENSIONS}
    package = {"name": "lab", "private": True, "dependencies": {"@jupyterlab/application": "~3.6.8", **names}, "devDependencies": TOOLS,
               "overrides": {"node-fetch": "2.6.7"}}
    for name, text in (("package.json", json.dumps(package)), ("index.js", INDEX % ", ".join(f"import('{n}')" for n in names)),
                       ("webpack.config.js", WEBPACK), ("index.html", PAGE), ("server.py", SERVER)):
        (folder / name).write_text(text)
    news = folder / "user_settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    news.parent.mkdir(parents=True)
    news.write_text('{"fetchNews": "false"}')
    for command in (["npm", "install", "--no-audit", "--no-fund", "--legacy-peer-deps"], ["npx", "webpack"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")


class Lab:
    """JupyterLab on a folder, and a browser that looks at it."""

    def __init__(self, front, folder, build, port=18899):
        environment = {**os.environ, **jupyter_path(build), "JUPYTER_NO_CONFIG": "1"}
        self.server = subprocess.Popen(["/usr/bin/python3", "-B", str(front / "server.py"), "--no-browser", "--allow-root", "--ServerApp.token=", "--ServerApp.extra_static_paths=['/usr/share/javascript']",
                                        f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"],
                                       env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"http://localhost:{port}/lab"
        for _ in range(100):
            try:
                urllib.request.urlopen(self.url)
                break
            except OSError:
                time.sleep(0.2)
        self.browser = Browser(shutil.which("chromium"))
        target = self.browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.browser.session = self.browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def wait(self, condition, seconds=60):
        end = time.time() + seconds
        while not self.browser.run(condition):
            if time.time() > end:
                raise SystemExit(f"in {seconds} s it did not come true that {condition}")
            time.sleep(0.2)

    def open(self, name, width, height):
        self.browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.browser.call("Page.navigate", url=f"{self.url}/tree/{name}")
        self.wait("window.ready === true && document.querySelectorAll('.jp-Notebook .jp-Cell').length > 3")
        self.wait("lab.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'")

    def command(self, name):
        self.browser.run(f"lab.commands.execute('{name}').then(() => true)")

    def key(self, key, code, **more):
        for kind in ("rawKeyDown", "keyUp"):
            self.browser.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **more)

    def close(self):
        self.browser.close()
        self.server.terminate()
        self.server.wait(timeout=20)


CODE = "[...document.querySelectorAll('.jp-CodeCell')]"


def edit_and_run(lab, n):
    """Types EDITED over code cell n, as a reader would: click, select all, type, Shift-Enter; waits for its drawing."""
    at = lab.browser.run(f"(() => {{ const e = {CODE}[{n}].querySelector('.CodeMirror-lines'); e.scrollIntoView({{block: 'center'}});"
                         " const r = e.getBoundingClientRect(); return [r.x + 40, r.y + 10]; })()")
    for kind in ("mousePressed", "mouseReleased"):
        lab.browser.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", clickCount=1)
    lab.key("a", 65, modifiers=2)
    lab.browser.call("Input.insertText", text=EDITED)
    before = lab.browser.run(f"{CODE}[{n}].querySelector('.jp-InputPrompt').innerText")
    lab.key("Enter", 13, modifiers=8)
    lab.wait(f"/\\d/.test({CODE}[{n}].querySelector('.jp-InputPrompt').innerText)"
             f" && {CODE}[{n}].querySelector('.jp-InputPrompt').innerText !== {json.dumps(before)}"
             f" && {CODE}[{n}].querySelector('.jp-OutputArea-output img, .jp-OutputArea-output svg') !== null", 90)


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--front", type=Path, default=ROOT / "build/jupyterlab")
    parse.add_argument("--picture", type=Path, default=ROOT / "build/jupyterlab.png")
    parse.add_argument("build", type=Path)
    o = parse.parse_args()
    build_front(o.front.resolve())
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "notebooks/01_one_tape.ipynb", folder)
        lab = Lab(o.front.resolve(), folder, o.build.resolve())
        try:
            lab.open("01_one_tape.ipynb", 1100, 720)
            drawing = next(k for k in range(20) if lab.browser.run(f"{CODE}[{k}].innerText.includes('t.table()') && !{CODE}[{k}].innerText.includes('cout')"))
            # The stored drawing is seen before the notebook is trusted, too.
            lab.wait(f"{CODE}[{drawing}].querySelector('.jp-OutputArea-output img')?.naturalWidth > 300")
            lab.command("notebook:run-all-cells")
            lab.wait("[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].every(e => /\\[\\d+\\]/.test(e.innerText))", 120)
            edit_and_run(lab, drawing)
            shown = lab.browser.run(f"{CODE}[{drawing}].querySelector('.jp-OutputArea-output img').src")
            svg = base64.b64decode(shown.partition("base64,")[2]).decode() if "base64," in shown else urllib.parse.unquote(shown)
            if "tanh" not in svg:
                raise SystemExit("the edited cell's drawing has no tanh: " + svg[:300])
            lab.browser.run("lab.shell.collapseLeft()")
            time.sleep(2)  # what is above takes its new height
            lab.browser.run(f"{CODE}[{drawing}].previousElementSibling.scrollIntoView({{block: 'start'}})")
            time.sleep(1)
            o.picture.write_bytes(base64.b64decode(lab.browser.call("Page.captureScreenshot", format="png")["data"]))
        finally:
            lab.close()
    print(f"JupyterLab: all cells run, one edited and run again; {o.picture}")


if __name__ == "__main__":
    main()
