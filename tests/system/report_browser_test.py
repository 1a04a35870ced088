#!/usr/bin/env python3
"""The HTML report in headless Chromium, driven through chromedriver: it renders, axes and points are right, clicks filter and select,
the console stays empty, hostile names execute nothing, ten thousand points stay fluid. FLINTLOCK names the program; with --screenshot FILE the
page of docs/images is made instead."""
import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLINTLOCK = os.environ.get("FLINTLOCK", os.path.join(ROOT, "build/flintlock"))
HOSTILE = "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>"
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--force-device-scale-factor=1"]


class Browser:
    """The few WebDriver commands that are needed (W3C WebDriver, over HTTP)."""

    def __init__(self, width=1280, height=1000, dark=False):
        self.profile = tempfile.mkdtemp(prefix="flintlock_browser.")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            if "successfully on port" in line:
                self.base = "http://127.0.0.1:" + line.rsplit("port", 1)[1].strip(" .\n")
                break
        arguments = FLAGS + [f"--user-data-dir={self.profile}", f"--window-size={width},{height}"] + (["--force-dark-mode"] if dark else [])
        capabilities = {"alwaysMatch": {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"}, "goog:chromeOptions": {"args": arguments}}}
        self.base += "/session/" + self.call("POST", "/session", {"capabilities": capabilities})["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def open(self, path):
        self.call("POST", "/url", {"url": "file://" + path})

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def element(self, css):
        return list(self.call("POST", "/element", {"using": "css selector", "value": css}).values())[0]

    def click(self, css):
        self.call("POST", f"/element/{self.element(css)}/click", {})

    def keys(self, css, text):
        self.call("POST", f"/element/{self.element(css)}/value", {"text": text})

    def log(self):
        return self.call("POST", "/se/log", {"type": "browser"})

    def wait(self, script, seconds=5):
        """The value of `script` once it is true."""
        for _ in range(int(seconds * 20)):
            value = self.run(script)
            if value:
                return value
            time.sleep(0.05)
        return value

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("GET", "/screenshot")))

    def close(self):
        try:
            self.call("DELETE", "", None)
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)


def flintlock(*arguments):
    subprocess.run([FLINTLOCK, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


def write_sweep(folder, name, machine="configs/machines/tiny_8.yaml", workload="workloads/gemm_example.yaml"):
    path = os.path.join(folder, name + ".yaml")
    with open(path, "w") as file:
        file.write(f"sweep: {name}\nmachine: {os.path.join(ROOT, machine)}\nworkload: {os.path.join(ROOT, workload)}\naxes:\n"
                   "  - {key: clock, from: 200 MHz, to: 1 GHz, step: 200 MHz}\n"
                   "  - {key: vector.lanes, values: [4, 8, 16, 32]}\n"
                   "  - {key: memory.bytes_per_cycle, values: [4 B, 16 B]}\n"
                   "pareto: [latency_ms, energy_mj]\n")
    return path


def hostile_machine(folder):
    with open(os.path.join(ROOT, "configs/machines/tiny_8.yaml")) as source:
        text = source.read().replace("include: ../", f"include: {ROOT}/configs/")
    path = os.path.join(folder, "hostile_machine.yaml")
    with open(path, "w") as file:
        file.write(text.replace("machine: tiny_8", "machine: " + json.dumps(HOSTILE)))
    return path


def multiply_points(database, count):
    """Copies of the points with other numbers, up to `count`."""
    with sqlite3.connect(database) as db:
        have = db.execute("SELECT count(*) FROM point").fetchone()[0]
        for copy in range(1, count // have):
            db.execute("INSERT INTO point SELECT hash||?1, version, machine, workload, status, message, config,"
                       " json_set(metrics, '$.latency_ms', (metrics->>'$.latency_ms')*(1+?1/50.0), '$.energy_mj', (metrics->>'$.energy_mj')*(1+(?1*7%31)/9.0)), '{}', ''"
                       " FROM point WHERE length(hash)=32", (copy,))
            db.execute("INSERT INTO sweep_point SELECT sweep, idx+1000*?1, hash||?1, NULL FROM sweep_point WHERE length(hash)=32", (copy,))


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="flintlock_report.")
        cls.database = os.path.join(cls.folder, "sweep.sqlite")
        cls.page = os.path.join(cls.folder, "report.html")
        run = os.path.join(cls.folder, "run")
        flintlock("sweep", write_sweep(cls.folder, "report"), "--out", cls.database)
        flintlock("run", "configs/machines/tiny_8.yaml", "workloads/tiny_encoder.yaml", "--out", run)
        flintlock("report", run, cls.database, "-o", cls.page)
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        shutil.rmtree(cls.folder)

    def setUp(self):
        self.browser.open(self.page)

    def tearDown(self):
        self.assertEqual([entry for entry in self.browser.log() if entry["level"] in ("SEVERE", "WARNING")], [])

    def query(self, sql):
        with sqlite3.connect(self.database) as db:
            return db.execute(sql).fetchall()

    def drawn(self, script):
        return self.browser.run("const c = Chart.getChart(arguments[0]); " + script, "pareto")

    def test_draws_every_point_where_it_belongs(self):
        points = self.drawn("return c.data.datasets.filter(d => d.label !== 'Pareto set').flatMap(d => d.data.map(p => [p.x, p.y]))")
        expected = self.query("SELECT latency_ms, energy_mj FROM results")
        self.assertEqual(sorted(map(tuple, points)), sorted(expected))
        self.assertEqual(self.drawn("return [c.options.scales.x.title.text, c.options.scales.y.title.text]"), ["latency_ms", "energy_mj"])
        front = self.drawn("return c.data.datasets.find(d => d.label === 'Pareto set').data.map(p => [p.x, p.y])")
        best = {(x, y) for x, y in expected if not any(a <= x and b <= y and (a, b) != (x, y) for a, b in expected)}
        self.assertEqual({tuple(p) for p in front}, best)

    def test_axes_are_selectable(self):
        self.browser.run("const x = document.getElementById('x'); x.value = 'clock'; x.dispatchEvent(new Event('change'))")
        xs = self.drawn("return [...new Set(c.data.datasets.flatMap(d => d.data.map(p => p.x)))].sort((a, b) => a - b)")
        self.assertEqual(xs, [2e8, 4e8, 6e8, 8e8, 1e9])

    def test_a_click_filters(self):
        self.browser.click("#chips [aria-label='vector.lanes'] button:nth-of-type(2)")
        count = self.drawn("return c.data.datasets.filter(d => d.label !== 'Pareto set').flatMap(d => d.data).length")
        self.assertEqual(count, 10)
        self.assertIn("10 of 40 points shown", self.browser.run("return document.getElementById('pareto-note').textContent"))
        self.browser.keys("#filter", "clock <= 0.4 GHz")
        self.assertIn("4 of 40 points shown", self.browser.run("return document.getElementById('pareto-note').textContent"))
        self.browser.keys("#filter", ", nonsense < 3")
        self.assertEqual(self.browser.run("return document.getElementById('filter-help').textContent"), 'unknown field "nonsense"')
        self.browser.click("#clear")
        self.assertIn("40 of 40 points shown", self.browser.run("return document.getElementById('pareto-note').textContent"))

    def test_a_point_is_selected_by_mouse_and_by_keyboard(self):
        spot = self.drawn("const p = c.getDatasetMeta(0).data[0], r = c.canvas.getBoundingClientRect(); c.canvas.scrollIntoView(); const s = c.canvas.getBoundingClientRect();"
                          "return [Math.round(s.left + p.x), Math.round(s.top + p.y)]")
        self.browser.call("POST", "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": [
            {"type": "pointerMove", "x": spot[0], "y": spot[1]}, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]}]})
        self.assertIn("clock: ", self.browser.wait("return document.getElementById('point').textContent"))
        self.assertEqual(self.browser.run("return document.querySelectorAll('#comparison thead th').length"), 3)
        before = self.browser.run("return document.getElementById('point').textContent")
        self.browser.keys("#pareto", "\ue012\ue012\ue012")  # arrow left
        self.assertNotEqual(self.browser.run("return document.getElementById('point').textContent"), before)

    def test_the_table_sorts(self):
        self.browser.run("[...document.querySelectorAll('#points th button')].find(b => b.textContent.startsWith('area_mm2')).click()")
        shown = self.browser.run("const at = [...document.querySelectorAll('#points th')].findIndex(t => t.textContent.startsWith('area_mm2'));"
                                 "return [...document.querySelectorAll('#points tbody tr')].map(r => Number(r.children[at].textContent))")
        self.assertEqual(shown, sorted(shown))
        self.assertEqual(len(shown), 40)

    def test_the_run_shows_its_own_numbers(self):
        with open(os.path.join(self.folder, "run/summary.json")) as file:
            run = json.load(file)
        cells = self.browser.run("return [...document.querySelectorAll('#comparison tbody tr')].map(r => r.children[1].textContent)")
        self.assertEqual(cells[2], f"{run['cycles']:,}")
        layers = self.browser.run("return Chart.getChart('layers').data.datasets.flatMap(d => d.data).reduce((a, b) => a + b, 0)")
        self.assertEqual(layers, run["cycles"])
        units = self.browser.run("const c = Chart.getChart('causes').data; return c.labels.map((l, i) => c.datasets.reduce((s, d) => s + d.data[i], 0))")
        for total in units:
            self.assertAlmostEqual(total, 100, places=6)

    def test_no_request_leaves_the_page(self):
        names = self.browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
        self.assertEqual(names, [])

    def test_hostile_names_execute_nothing(self):
        database, page, run = (os.path.join(self.folder, name) for name in ("hostile.sqlite", "hostile.html", "hostile_run"))
        machine = hostile_machine(self.folder)
        flintlock("sweep", write_sweep(self.folder, "hostile", machine), "--out", database)
        flintlock("run", machine, "workloads/gemm_example.yaml", "--out", run)
        flintlock("report", database, run, "-o", page)
        self.browser.open(page)
        time.sleep(0.3)
        self.assertEqual(self.browser.run("return document.title"), "flintlock report")
        self.assertEqual(self.browser.run("return document.querySelectorAll('img').length"), 0)
        self.assertEqual(self.browser.run("return document.querySelector('#comparison tbody td:nth-child(2)').textContent"), HOSTILE)

    def test_ten_thousand_points_stay_fluid(self):
        database, page = os.path.join(self.folder, "many.sqlite"), os.path.join(self.folder, "many.html")
        shutil.copy(self.database, database)
        multiply_points(database, 10000)
        flintlock("report", database, "-o", page)
        self.browser.open(page)
        self.assertIn("10,000 of 10,000", self.browser.run("return document.getElementById('pareto-note').textContent"))
        milliseconds = self.browser.run("const t = performance.now(); for (let i = 0; i < 5; i++) drawSweep(); return (performance.now() - t) / 5")
        self.assertLess(milliseconds, 1000)
        hover = self.browser.run("const c = Chart.getChart('pareto'), r = c.canvas.getBoundingClientRect(), t = performance.now();"
                                 "for (let i = 0; i < 20; i++) { c.canvas.dispatchEvent(new MouseEvent('mousemove', {clientX: r.left + 200 + i, clientY: r.top + 100})); c.render(); }"
                                 "return (performance.now() - t) / 20")
        self.assertLess(hover, 100)

    def test_dark_and_print(self):
        self.browser.click("#theme")
        first = self.browser.run("return [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]")
        self.browser.click("#theme")
        second = self.browser.run("return [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]")
        self.assertEqual({first[0], second[0]}, {"dark", "light"})
        self.assertNotEqual(first[1], second[1])
        pdf = base64.b64decode(self.browser.call("POST", "/print", {}))
        self.assertTrue(pdf.startswith(b"%PDF"))


def screenshot(page, image, theme):
    browser = Browser(1280, 1180)
    try:
        browser.open(os.path.abspath(page))
        browser.run("setTheme(arguments[0])", theme)
        browser.screenshot(image)
    finally:
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[1] == "--screenshot":
        screenshot(sys.argv[2], sys.argv[3], sys.argv[4] if len(sys.argv) > 4 else "light")
    else:
        unittest.main()
