"""Shows pages in headless Chromium, and tells what is wrong with each.

usage: browser.py CHROMIUM FOLDER PAGE WORDS [PAGE WORDS]...
       FOLDER takes the browser's profile, pictures (PAGE-wide.png, -narrow.png, -dark.png) and PAGE.pdf; WORDS is a file
       of texts, one a line, that the page must show.

Prints a line "PAGE: COMPLAINT" each. The browser is driven over its debugging pipe (Chrome DevTools Protocol), so that
nothing listens anywhere; names resolve to nothing, and the proxy is a port of this computer that nobody has.
"""
import base64
import json
import os
import select
import struct
import subprocess
import sys
import time

LIMIT = 90  # seconds for one answer: the machine may be busy
TALLEST = 4000  # a picture
FLAGS = """--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking
    --disable-component-update --disable-sync --disable-default-apps --disable-extensions --no-first-run --no-pings
    --no-default-browser-check --hide-scrollbars
    --proxy-server=127.0.0.1:9 --proxy-bypass-list=<-loopback> --remote-debugging-pipe""".split()

# What the page is asked; the browser runs it beside the page's own policy for scripts. Each gives a list of complaints.
STRUCTURE = r"""(() => {
  const wrong = [], all = (what) => [...document.querySelectorAll(what)];
  if (!document.documentElement.lang) wrong.push("no language");
  if (!document.title) wrong.push("no title");
  if (all("h1").length != 1) wrong.push("not one h1");
  let level = 0;
  for (const one of all("h1,h2,h3,h4")) {
    const now = +one.tagName[1];
    if (now > level + 1) wrong.push("a heading skips a level: " + one.textContent);
    level = now;
  }
  for (const one of all("script,img,link,iframe,object,embed,form,base,video,audio,image,use"))
    wrong.push("an element that runs or fetches: " + one.tagName);
  for (const one of all("*")) for (const {name, value} of one.attributes)
    if (/^on/.test(name) || name == "src" || name == "style" || (name == "href" && !/^#/.test(value)) || /url\(/.test(value))
      wrong.push("an attribute that runs or fetches: " + name);
  for (const one of all("a[href]"))
    if (!document.getElementById(one.getAttribute("href").slice(1))) wrong.push("a link to nothing: " + one.textContent);
  const ids = all("[id]").map(one => one.id);
  if (new Set(ids).size != ids.length) wrong.push("an id stands twice");
  for (const one of all("th")) if (!one.scope) wrong.push("a heading of a table without scope: " + one.textContent);
  for (const one of all("table")) {
    const widths = new Set([...one.rows].map(row => row.cells.length));
    if (widths.size != 1) wrong.push("rows of different lengths");
  }
  return wrong;
})()"""
LOOKS = r"""(() => {
  const wrong = [], root = document.documentElement;
  if (root.scrollWidth > innerWidth) wrong.push("wider than its window: " + root.scrollWidth + " of " + innerWidth);
  for (const one of document.querySelectorAll("svg text")) {
    const inner = one.getBoundingClientRect(), outer = one.closest("svg").getBoundingClientRect();
    if (inner.left < outer.left - 1 || inner.right > outer.right + 1) wrong.push("cut off: " + one.textContent);
  }
  for (const one of document.querySelectorAll(".wide"))
    if (one.scrollWidth > one.clientWidth) wrong.push("a table wider than its window");
  const channels = (color) => { const found = color.match(/[\d.]+/g).map(Number); return found; };
  const light = (color) => {
    const [r, g, b] = channels(color).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text; (text = walk.nextNode());) {
    const one = text.parentElement, style = getComputedStyle(one);
    if (!text.data.trim() || one.closest("desc,title")) continue;
    const drawn = one instanceof SVGElement;
    const color = drawn ? style.fill : style.color;
    const back = drawn && one.classList.contains("inside") ? getComputedStyle(one.previousElementSibling).fill : behind(one);
    const [a, b] = [light(color), light(back)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) wrong.push("contrast of " + ratio.toFixed(1) + ": " + text.data.trim().slice(0, 40));
  }
  return wrong;
})()"""
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


class Browser:
    def __init__(self, program, folder):
        reads, self.commands = os.pipe()
        self.answers, writes = os.pipe()

        def at_three_and_four():
            here, there = os.dup(reads), os.dup(writes)
            os.dup2(here, 3)
            os.dup2(there, 4)

        rules = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={folder}/profile"]
        self.log = open(f"{folder}/chromium.log", "wb")
        self.process = subprocess.Popen(
            [program, *FLAGS, *rules, "about:blank"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            pass_fds=(3, 4), preexec_fn=at_three_and_four)
        os.close(reads)
        os.close(writes)
        self.number, self.rest, self.events, self.session = 0, b"", [], None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for part in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.ask(f"{part}.enable")

    def receive(self):
        end = time.monotonic() + LIMIT
        while b"\0" not in self.rest:
            if not select.select([self.answers], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            data = os.read(self.answers, 1 << 16)
            if not data:
                raise EOFError("the browser has ended")
            self.rest += data
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, **params):
        self.number += 1
        command = {"id": self.number, "method": method, "params": params}
        if self.session:
            command["sessionId"] = self.session
        data = json.dumps(command).encode() + b"\0"
        while data:
            data = data[os.write(self.commands, data):]
        while True:
            message = self.receive()
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def evaluate(self, expression):
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"]["value"]

    def open(self, address):
        self.events = []
        self.ask("Page.navigate", url=address)
        while not any(one.get("method") == "Page.loadEventFired" for one in self.events):
            self.events.append(self.receive())
        return self.evaluate("document.readyState")

    def close(self):
        self.session = None
        self.ask("Browser.close")
        self.process.wait(LIMIT)


def told_by(event, address):
    """What an event of the browser complains of; None for most."""
    method, params = event.get("method"), event.get("params", {})
    if method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
        return "log: " + params["entry"]["text"]
    if method == "Runtime.exceptionThrown":
        return "exception: " + params["exceptionDetails"]["text"]
    if method == "Runtime.consoleAPICalled":
        return "console: " + str(params["args"])
    if method == "Network.requestWillBeSent" and params["request"]["url"].split("#")[0] != address:
        return "request: " + params["request"]["url"]
    return None


def images_without_words(browser):
    for node in browser.ask("Accessibility.getFullAXTree")["nodes"]:
        if node.get("role", {}).get("value") in ("image", "img") and not node["ignored"]:
            for what in ("name", "description"):
                if not node.get(what, {}).get("value"):
                    yield f"a picture without {what}"


def looks(browser, folder, name, width, scheme):
    kind = "dark" if scheme == "dark" else "narrow" if width < 600 else "wide"
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    for complaint in browser.evaluate(LOOKS):
        yield f"{kind}: {complaint}"
    light = browser.evaluate(BACKGROUND) == "rgb(255, 255, 255)"
    if light != (scheme == "light"):
        yield f"{kind}: not {scheme}"
    height = min(browser.evaluate("document.documentElement.scrollHeight"), TALLEST)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    picture = base64.b64decode(browser.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                                           clip=clip)["data"])
    with open(f"{folder}/{name}-{kind}.png", "wb") as file:
        file.write(picture)
    if picture[:8] != b"\x89PNG\r\n\x1a\n" or struct.unpack(">II", picture[16:24]) != (width, height) or len(picture) < 10000:
        yield f"{kind}: no picture"


def on_paper(browser, folder, name, words):
    browser.ask("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    if browser.evaluate(BACKGROUND) not in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"):
        yield "paper: it is to be printed dark"
    yield from (f"paper: {one}" for one in browser.evaluate(LOOKS) if "wider than its window" not in one)
    pdf = base64.b64decode(browser.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"])
    with open(f"{folder}/{name}.pdf", "wb") as file:
        file.write(pdf)
    if not pdf.startswith(b"%PDF-") or pdf.count(b"/Type /Page\n") < 2:
        yield f"paper: no PDF of several pages: {pdf[:8]}, {pdf.count(b'/Type /Page' + bytes([10]))}"
    try:
        read = subprocess.run(["pdftotext", "-raw", f"{folder}/{name}.pdf", "-"], capture_output=True, check=True, timeout=60)
    except FileNotFoundError:
        return
    text = "".join(read.stdout.decode().split())
    yield from (f"paper: not readable: {word}" for word in words if "".join(word.split()) not in text)


def complaints(browser, folder, page, words):
    address, name = "file://" + os.path.abspath(page), os.path.basename(page)
    if browser.open(address) != "complete":
        yield "it was not loaded"
    text = browser.evaluate("document.body.innerText")
    yield from (f"not shown: {word}" for word in words if word not in text)
    yield from browser.evaluate(STRUCTURE)
    yield from images_without_words(browser)
    for width, scheme in ((1100, "light"), (390, "light"), (1100, "dark")):
        yield from looks(browser, folder, name, width, scheme)
    yield from on_paper(browser, folder, name, [word for word in words if word.isascii()])
    browser.ask("Emulation.setEmulatedMedia", media="", features=[])
    yield from filter(None, (told_by(event, address) for event in browser.events))


def main():
    program, folder, *pages = sys.argv[1:]
    browser = Browser(program, folder)
    try:
        for page, words in zip(pages[::2], pages[1::2]):
            with open(words, encoding="utf-8") as file:
                wanted = file.read().splitlines()
            for complaint in complaints(browser, folder, page, wanted):
                print(f"{os.path.basename(page)}: {complaint}")
        browser.close()
    finally:
        if browser.process.poll() is None:
            browser.process.kill()


main()
