"""Headless Chromium, spoken to through the pipe that --remote-debugging-pipe opens, in the DevTools protocol.

Only Python's own library is needed.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile


class Browser:
    """A Chromium with one page."""

    def __init__(self, program):
        to_read, self.to = os.pipe()
        self.read, from_write = os.pipe()
        self.profile = tempfile.TemporaryDirectory()

        def descriptors():
            # Chromium reads commands from descriptor 3 and writes answers to 4.
            os.dup2(to_read, 13)
            os.dup2(from_write, 14)
            os.dup2(13, 3)
            os.dup2(14, 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
             f"--user-data-dir={self.profile.name}", "about:blank"],
            preexec_fn=descriptors, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(from_write)
        self.number, self.buffer, self.session, self.events = 0, b"", None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Runtime.enable")
        self.call("Log.enable")

    def message(self):
        while b"\0" not in self.buffer:
            more = os.read(self.read, 1 << 16)
            if not more:
                raise RuntimeError("Chromium has gone")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        os.write(self.to, json.dumps(command).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait(self, event):
        while not any(message.get("method") == event for message in self.events):
            self.events.append(self.message())

    def ask(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def open(self, page, width, scheme):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events.clear()
        self.call("Page.navigate", url=page)
        self.wait("Page.loadEventFired")

    def click(self, x, y):
        for kind in ["mousePressed", "mouseReleased"]:
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def screenshot(self, file):
        # A page that is as tall as its contents.
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        file.write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        os.close(self.to)
        self.process.wait(timeout=20)


def luminance(colour):
    """Gives the relative luminance of a CSS colour such as rgb(1, 2, 3)."""
    channels = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


PLACE = "(e => { e.scrollIntoView({block: 'center'}); const r = e.getClientRects()[0]; return [r.x + r.width / 2, r.y + r.height / 2] })"


def whole(browser, width, scheme):
    """Lists what is wrong with any page: its width, its colours, pictures without contents, what the browser complains of."""
    wrong = []
    scrolls = browser.ask("document.documentElement.scrollWidth")
    if scrolls > width:
        wrong.append(f"is {scrolls} wide")
    text, back = (browser.ask(f"getComputedStyle(document.body).{name}") for name in ["color", "backgroundColor"])
    light, dark = sorted([luminance(text), luminance(back)], reverse=True)
    if (light + 0.05) / (dark + 0.05) < 7 or (luminance(back) > 0.5) != (scheme == "light"):
        wrong.append(f"has text of {text} on {back}")
    empty = browser.ask("[...document.querySelectorAll('svg')].filter(e => !e.children.length || e.getBoundingClientRect().width < 40).length")
    if empty or not browser.ask("document.querySelectorAll('svg[aria-label]').length"):
        wrong.append(f"has {empty} pictures without contents, or none at all")
    said = [message["params"]["entry"]["text"] for message in browser.events if message.get("method") == "Log.entryAdded"]
    return wrong + [f"complains: {text}" for text in said]


def fold(browser):
    """Clicks on all that folds, leaves it unfolded and lists what does not fold."""
    wrong = []
    for fold in range(browser.ask("document.querySelectorAll('details').length")):
        state = f"document.querySelectorAll('details')[{fold}].open"
        before = browser.ask(state)
        browser.click(*browser.ask(f"{PLACE}(document.querySelectorAll('details')[{fold}].firstElementChild)"))
        if browser.ask(state) == before:
            wrong.append(f"does not fold part {fold} where one clicks on it")
        browser.ask(f"{state} = true")
    return wrong
