#!/usr/bin/env python3
"""The HTML report in headless Chromium, driven through chromedriver: it renders, axes and points are right, clicks filter and select,
the console stays empty, hostile names execute nothing, ten thousand points stay fluid. FLINTLOCK names the program; with --screenshot FILE the
page of docs/images is made instead (PAGE FILE THEME ELEMENT)."""
import base64
import csv
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
FLINTLOCK = os.path.abspath(os.environ.get("FLINTLOCK", os.path.join(ROOT, "build/flintlock")))
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
        try:
            self.connect(arguments)
        except Exception:
            self.driver.kill()
            raise

    def connect(self, arguments):
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

    def choose(self, select, value):
        self.browser.run("const s = document.getElementById(arguments[0]); s.value = arguments[1]; s.dispatchEvent(new Event('change'))", select, value)

    def bars(self):
        """The bars of the layer chart: {row: {cause: cycles}}."""
        labels, stacks = self.browser.run("const d = Chart.getChart('layers').data; return [d.labels, d.datasets.map(s => [s.label, s.data])]")
        return {row: {cause: values[i] for cause, values in stacks if values[i]} for i, row in enumerate(labels)}

    def cause_rows(self, unit, name_of):
        """The same from layers.csv, rows without cycles left out."""
        rows = {}
        with open(os.path.join(self.folder, "run/layers.csv")) as file:
            for line in csv.DictReader(file):
                row = rows.setdefault(name_of(line["operation"]), {})
                for column, cycles in line.items():
                    if column.startswith(unit + ".") and int(cycles):
                        cause = column[len(unit) + 1:]
                        row[cause] = row.get(cause, 0) + int(cycles)
        return {name: row for name, row in rows.items() if row}

    def test_bars_show_the_cycles_of_a_unit_by_cause(self):
        with open(os.path.join(self.folder, "run/summary.json")) as file:
            units = json.load(file)["units"]
        names = {"operation": lambda name: name, "layer": lambda name: name.split(".")[0], "kind": lambda name: name.split(".", 1)[-1]}
        for unit in ("load", "matrix", "vector", "store"):
            self.choose("unit", unit)
            for grouping, name_of in names.items():
                self.choose("grouping", grouping)
                bars = self.bars()
                self.assertEqual(bars, self.cause_rows(unit, name_of))
                total = {}
                for row in bars.values():
                    for cause, cycles in row.items():
                        total[cause] = total.get(cause, 0) + cycles
                self.assertEqual(total, {cause: cycles for cause, cycles in units[unit]["cycles"].items() if cycles})
        self.choose("unit", "")
        self.assertEqual(self.browser.run("return document.getElementById('layers-caption').textContent"), "Cycles of each row by what bounds its operations")

    def test_a_click_on_the_legend_filters_causes_and_orders_rows(self):
        self.choose("unit", "vector")
        self.choose("grouping", "operation")
        self.choose("order", "longest")
        before = self.bars()
        self.browser.click("#legend button:nth-of-type(1)")
        self.assertEqual(self.browser.run("const b = document.querySelector('#legend button'); return [b.textContent, b.getAttribute('aria-pressed'), document.activeElement === b]"),
                         ["busy", "false", True])
        bars = self.bars()
        self.assertEqual(bars, {row: left for row, causes in before.items() if (left := {c: n for c, n in causes.items() if c != "busy"})})
        totals = [sum(row.values()) for row in bars.values()]
        self.assertEqual(totals, sorted(totals, reverse=True))
        self.browser.keys("#legend button:nth-of-type(1)", "\ue007")  # Enter
        self.assertEqual(self.bars(), before)

    def test_bars_are_reached_by_the_keyboard(self):
        self.choose("unit", "matrix")
        self.browser.keys("#layers", "\ue015\ue015\ue015")  # arrow down
        name, row = list(self.bars().items())[2]
        text = self.browser.run("return document.getElementById('row').textContent")
        self.assertTrue(text.startswith(f"{name}: {sum(row.values()):,} cycles; "), text)
        for cause in row:
            self.assertIn(f"{cause} {row[cause]:,} (", text)
        self.assertEqual(self.browser.run("return Chart.getChart('layers').tooltip.title"), [name])

    def test_a_run_without_causes_shows_its_bounds(self):
        page, run = os.path.join(self.folder, "old.html"), os.path.join(self.folder, "old")
        shutil.copytree(os.path.join(self.folder, "run"), run)
        with open(os.path.join(run, "layers.csv")) as file:
            lines = [line.rstrip("\n").split(",") for line in file]
        columns = [i for i, name in enumerate(lines[0]) if "." not in name]
        with open(os.path.join(run, "layers.csv"), "w") as file:
            file.writelines(",".join(line[i] for i in columns) + "\n" for line in lines)
        flintlock("report", run, "-o", page)
        self.browser.open(page)
        self.assertEqual(self.browser.run("return [...document.getElementById('unit').options].map(o => o.textContent)"), ["rows, by bound"])
        with open(os.path.join(run, "summary.json")) as file:
            self.assertEqual(sum(sum(row.values()) for row in self.bars().values()), json.load(file)["cycles"])

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
        self.hostile_columns(run, page)

    def hostile_columns(self, run, page):
        with open(os.path.join(run, "layers.csv")) as file:
            head, *lines = file.read().splitlines()
        operation, unit, cause = "<img src=x onerror=alert(1)>", "<img src=x>", "</script><img src=x onerror=alert(1)>"
        with open(os.path.join(run, "layers.csv"), "w") as file:
            file.write(f"{head},{unit}.{cause}\n" + "".join(f"{operation}{line},7\n" for line in lines))
        flintlock("report", run, "-o", page)
        self.browser.open(page)
        self.choose("unit", unit)
        self.choose("grouping", "operation")
        self.browser.keys("#layers", "\ue015")
        self.assertEqual(self.browser.run("return document.querySelectorAll('img').length"), 0)
        self.assertEqual(self.browser.run("return document.querySelector('#legend button').textContent"), cause)

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
        detail = self.browser.run("document.getElementById('grouping').value = 'operation'; const t = performance.now(); for (let i = 0; i < 5; i++) drawDetail(); return (performance.now() - t) / 5")
        self.assertLess(detail, 500)

    def test_dark_and_print(self):
        self.browser.click("#theme")
        first = self.browser.run("return [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]")
        self.browser.click("#theme")
        second = self.browser.run("return [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]")
        self.assertEqual({first[0], second[0]}, {"dark", "light"})
        self.assertNotEqual(first[1], second[1])
        pdf = base64.b64decode(self.browser.call("POST", "/print", {}))
        self.assertTrue(pdf.startswith(b"%PDF"))


def screenshot(page, image, theme, part=None):
    """Of the top of the page, or of the element `part` and what comes below."""
    browser = Browser(1280, 1180)
    try:
        browser.open(os.path.abspath(page))
        browser.run("setTheme(arguments[0])", theme)
        if part:
            browser.run("document.getElementById(arguments[0]).scrollIntoView()", part)
        browser.screenshot(image)
    finally:
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[1] == "--screenshot":
        screenshot(*sys.argv[2:4], *(sys.argv[4:6] or ["light"]))
    else:
        unittest.main()
