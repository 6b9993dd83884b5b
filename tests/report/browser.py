#!/usr/bin/env python3
"""Opens report pages in a real browser: chromium without a screen, driven by chromedriver.

    tests/report/browser.py [--shots FOLDER] PAGE...

Without a page it lets the tests write a made-up one with hostile text. It checks that the filters
work with mouse and keyboard, that every claim opens, that nothing is written to the console, that
no request leaves the file, that every claim shows what was stated, its intervals and links to its
data, and that a print shows every claim. Python's standard library only;
Debian's packages are chromium and chromium-driver.
"""

import base64
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--disable-extensions", "--window-size=1280,1400",
]


class Browser:
    """A session of the WebDriver protocol."""

    def __init__(self, profile):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.session = ""
        for _ in range(100):
            try:
                if self.call("GET", "/status")["ready"]:
                    break
            except OSError:
                time.sleep(0.1)
        else:
            self.close()
            raise SystemExit("chromedriver did not start within ten seconds")
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": ARGUMENTS + [f"--user-data-dir={profile}"]},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = "/session/" + answer["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + self.session + path, data, {"Content-Type": "application/json"}, method=method
        )
        # the driver is on this machine: a proxy of the environment must not be asked
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refused:
            raise SystemExit(f"{method} {path}: {refused.read().decode()[:2000]}")

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def log(self, kind):
        return self.call("POST", "/se/log", {"type": kind})

    def keys(self, text):
        actions = [{"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def shot(self, path):
        path.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))

    def theme(self, name):
        self.call("POST", "/goog/cdp/execute", {
            "cmd": "Emulation.setEmulatedMedia",
            "params": {"features": [{"name": "prefers-color-scheme", "value": name}]},
        })

    def close(self):
        if self.session:
            try:
                self.call("DELETE", "")
            except (OSError, SystemExit):
                pass
        self.process.terminate()
        self.process.wait()


SHOWN = "return [...document.querySelectorAll('#verdicts tbody tr')].filter(r => r.offsetParent).map(r => r.id)"
COUNT = "return document.getElementById('count').textContent"
ROWS = "return [...document.querySelectorAll('#verdicts tbody tr')].map(r => ({id: r.id, ...r.dataset, words: r.textContent}))"
SET = """
const [id, value] = arguments, field = document.getElementById(id);
if (field.type === 'checkbox') { if (field.checked !== value) field.click(); }
else { field.value = value; field.dispatchEvent(new Event('input', {bubbles: true})); }
"""
TICK = """
const box = document.querySelector(`input[name=verdict][value=${arguments[0]}]`);
if (box.checked !== arguments[1]) box.click();
"""
RESET = "document.querySelector('#filters [type=reset]').click()"


def check(condition, message):
    if not condition:
        raise SystemExit(f"browser: {message}")


def filters(browser, rows):
    def expect(what, wanted):
        shown = browser.run(SHOWN)
        check(shown == [row["id"] for row in wanted], f"filter {what} shows {shown}")
        count = browser.run(COUNT)
        check(count == f"{len(wanted)} of {len(rows)} claims shown", f"filter {what} counts {count!r}")
        hidden = browser.run("return [...document.querySelectorAll('details.claim')].filter(d => !d.hidden).length")
        check(hidden == len(wanted), f"filter {what} leaves {hidden} claims")

    def reset():
        browser.run(RESET)
        time.sleep(0.1)

    expect("none", rows)
    for paper in sorted({row["paper"] for row in rows}):
        browser.run(SET, "paper", paper)
        expect(f"paper {paper!r}", [row for row in rows if row["paper"] == paper])
    reset()
    for verdict in ("confirmed", "refuted", "undecided"):
        browser.run(TICK, verdict, False)
        expect(f"without {verdict}", [row for row in rows if row["verdict"] != verdict])
        browser.run(TICK, verdict, True)
    browser.run(SET, "surprises", True)
    expect("surprises", [row for row in rows if row["surprise"] == "yes"])
    reset()
    browser.run(SET, "words", "no such words anywhere")
    expect("words without a match", [])
    reset()
    expect("reset", rows)
    if rows:
        # by keyboard: into the field, letters, as a reader would
        browser.run("document.getElementById('words').focus()")
        browser.keys(rows[0]["id"].removeprefix("row-claim-"))
        check(rows[0]["id"] in browser.run(SHOWN), "typed words lose the claim that has them")
        reset()


def keyboard(browser, rows):
    # afresh: the browser goes on from where the focus was last
    browser.call("POST", "/refresh", {})
    browser.keys("\ue004")
    first = browser.run("return document.activeElement.className")
    check(first == "skip", f"the first stop of the keyboard is {first!r}, not the skip link")
    outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle")
    check(outline == "solid", "focus is not visible")
    if rows:
        browser.run("document.querySelector('details.claim > summary').focus()")
        browser.keys("\ue007")
        check(browser.run("return document.querySelector('details.claim').open"), "Enter opens no claim")
        browser.keys("\ue007")
        browser.run("document.querySelector('#verdicts tbody a').focus()")
        browser.keys("\ue007")
        time.sleep(0.2)
        check(browser.run("return document.querySelector('details.claim').open"), "a link of the table opens no claim")
        check(browser.run("return document.activeElement.tagName") == "SUMMARY", "the link moves no focus")
    unnamed = browser.run("""return [...document.querySelectorAll('button, select, input, svg[role=img], [role=region]')]
        .filter(e => !(e.labels?.length || e.textContent.trim() && e.tagName === 'BUTTON' || e.getAttribute('aria-label')))
        .map(e => e.outerHTML.slice(0, 80))""")
    check(not unnamed, f"without a name: {unnamed}")


def content(browser, page, rows):
    size = page.stat().st_size
    check(size < 3_000_000, f"the page has {size} bytes")
    top = browser.run("return document.getElementById('verdicts').getBoundingClientRect().top + scrollY")
    check(top < 900, f"the verdicts start {top} pixels below the top")
    thin = browser.run("""return [...document.querySelectorAll('details.claim')].filter(claim => {
        const terms = new Set([...claim.querySelectorAll('dt')].map(dt => dt.textContent));
        const stated = ['Statement', 'Source', 'Statistic', 'Prediction', 'Margin', 'Data'].every(term => terms.has(term));
        const drawing = claim.querySelector('.drawing:not(.again) svg')?.textContent ?? '';
        const drawn = !claim.querySelector('tbody tr') || /estimate, in the|size of the deviation/.test(drawing);
        return !stated || !drawn;
    }).map(claim => claim.id)""")
    check(not thin, f"claims without all that was stated, or an interval plot with its axis: {thin}")
    links = browser.run("return [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
    lost = sorted({link for link in links if not link.startswith("#")
                   and link != "records.jsonl" and not (page.parent / link).is_file()})
    check(not lost, f"links to files that are not there: {lost}")


def theme(browser, shots, name):
    ground = "return getComputedStyle(document.body).backgroundColor"
    browser.theme("light")
    light = browser.run(ground)
    browser.theme("dark")
    dark = browser.run(ground)
    check(light != dark, "the page does not follow the system to dark")
    browser.run("document.getElementById('theme').click()")
    check(browser.run(ground) == light, "the button does not turn the dark page light")
    browser.run("document.getElementById('theme').click()")
    check(browser.run(ground) == dark, "the button does not turn the light page dark")
    if shots:
        browser.run("scrollTo(0, 0)")
        browser.shot(shots / f"{name}-dark.png")
        browser.run("document.querySelector('details.claim[open]')?.scrollIntoView()")
        browser.shot(shots / f"{name}-dark-claim.png")
    browser.run("delete document.documentElement.dataset.theme")
    browser.theme("light")


def width(browser, rows):
    for pixels in (1280, 640, 400):
        browser.call("POST", "/window/rect", {"width": pixels, "height": 1400})
        if rows and pixels >= 640:
            beyond = browser.run("return document.querySelector('#verdicts td .verdict').getBoundingClientRect().right - innerWidth")
            check(beyond < 0, f"the verdicts lie {beyond} pixels beyond a window of {pixels}")
        over = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        check(over <= 1, f"the page is {over} pixels wider than a window of {pixels}")
    browser.call("POST", "/window/rect", {"width": 1280, "height": 1400})


def prints(browser, shots, name, rows):
    browser.run("document.querySelectorAll('details.claim').forEach(d => { d.open = false })")
    browser.run("window.opened = 0; addEventListener('beforeprint', () => { opened = document.querySelectorAll('details.claim[open]').length })")
    pdf = base64.b64decode(browser.call("POST", "/print", {"background": True}))
    check(pdf[:5] == b"%PDF-", "the print is no pdf")
    check(browser.run("return opened") == len(rows), "a print leaves claims closed")
    check(browser.run("return document.querySelectorAll('details.claim[open]').length") == 0, "claims stay open after a print")
    if shots:
        (shots / f"{name}.pdf").write_bytes(pdf)


def outside(browser, page):
    requested = set()
    for entry in browser.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            requested.add(message["params"]["request"]["url"].split("#")[0])
    # chrome:// is the browser's own first tab, which no page can ask for
    inside = ("data:", "chrome://", "about:")
    strangers = {url for url in requested if not url.startswith(inside)} - {page.as_uri()}
    check(page.as_uri() in requested, "the log of requests does not hold the page itself")
    check(not strangers, f"requests leave the page: {sorted(strangers)}")
    said = [entry["message"] for entry in browser.log("browser")]
    check(not said, f"the console says {said}")


def examine(browser, page, shots):
    name = page.parent.name
    # logs of an earlier page are not this page's
    browser.call("POST", "/url", {"url": "about:blank"})
    browser.log("performance")
    browser.log("browser")
    browser.call("POST", "/url", {"url": page.as_uri()})
    check(browser.run("return window.broken") is None, "text of the report was run as a script")
    rows = browser.run(ROWS)
    check(len(rows) == browser.run("return document.querySelectorAll('details.claim').length"), "rows and claims differ in number")
    if shots:
        browser.shot(shots / f"{name}-light.png")
    content(browser, page, rows)
    filters(browser, rows)
    keyboard(browser, rows)
    browser.run("document.getElementById('open-all').click()")
    opened = browser.run("return document.querySelectorAll('details.claim[open]').length")
    check(opened == len(rows), f"{opened} of {len(rows)} claims open")
    if shots:
        browser.run("document.querySelector('details.claim')?.scrollIntoView()")
        browser.shot(shots / f"{name}-claim.png")
        browser.run("document.querySelector('figure')?.scrollIntoView()")
        browser.shot(shots / f"{name}-figure.png")
    width(browser, rows)
    if shots:
        browser.run("scrollTo(0, 0)")
        browser.call("POST", "/window/rect", {"width": 640, "height": 1400})
        browser.shot(shots / f"{name}-half.png")
        browser.call("POST", "/window/rect", {"width": 1280, "height": 1400})
    theme(browser, shots, name)
    prints(browser, shots, name, rows)
    outside(browser, page)
    print(f"browser: {page}: {len(rows)} claims, all checks passed")


# What a page must not get away with: a change of a good page, and what is then said.
BAD = [
    ("", "", "td.name { white-space: normal; }", "td.name { min-width: 30rem; }", "pixels beyond a window of 640"),
    ("", "", "<dt>Statistic</dt>", "<dt>Number</dt>", "claims without all that was stated"),
    ("", "", "size of the deviation", "", "an interval plot with its axis"),
    ("", "", 'href="tables/verdicts.csv"', 'href="tables/elsewhere.csv"', "links to files that are not there"),
    ("default-src 'none'", "default-src *", "<main>", "<main><img alt='' src='http://127.0.0.1:9/x.png'>", "requests leave"),
    ("", "", "filter();\n  openTarget();", "filter();\n  console.error('trouble');", "the console says"),
    ("", "", "words.every(", "!words.every(", "filter none shows"),
    ("", "", "addEventListener('beforeprint'", "addEventListener('never'", "a print leaves claims closed"),
    ("", "", ":focus-visible {", ":focus-visible { outline: none !important;", "focus is not visible"),
]


def fixtures(browser, good, scratch):
    """Each bad page must fail for its reason."""
    text = good.read_text()
    for number, (old, new, old2, new2, reason) in enumerate(BAD):
        check(old in text and old2 in text, f"the bad page {number} changes nothing")
        folder = scratch / f"bad-{number}"
        shutil.copytree(good.parent, folder)
        page = folder / "report.html"
        page.write_text(text.replace(old, new).replace(old2, new2))
        try:
            examine(browser, page, None)
        except SystemExit as refused:
            check(reason in str(refused), f"the bad page {number} fails otherwise: {refused}")
        else:
            check(False, f"the bad page {number} passes")


def main():
    arguments = sys.argv[1:]
    shots = None
    if arguments[:1] == ["--shots"]:
        shots = pathlib.Path(arguments[1])
        shots.mkdir(parents=True, exist_ok=True)
        arguments = arguments[2:]
    with tempfile.TemporaryDirectory() as scratch:
        made = not arguments
        if made:
            folder = pathlib.Path(scratch) / "sample"
            subprocess.run(
                ["cargo", "test", "--release", "--quiet", "--test", "report", "the_sample_writes_a_page_where_it_is_told"],
                check=True, env=os.environ | {"REPORT_SAMPLE": str(folder)},
            )
            arguments = [folder / "report.html"]
        browser = Browser(pathlib.Path(scratch) / "profile")
        try:
            for argument in arguments:
                examine(browser, pathlib.Path(argument).resolve(), shots)
            if made:
                fixtures(browser, arguments[0], pathlib.Path(scratch))
                print(f"browser: {len(BAD)} bad pages refused")
        finally:
            browser.close()


if __name__ == "__main__":
    main()
