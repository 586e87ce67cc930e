"""Opens the page over training runs, and the live one, light and dark, wide and narrow, and does with them what a reader does.

python training_page.py CHROMIUM FOLDER MEED PAGE: screenshots go into FOLDER, in which a run is watched by `meed watch`, too. Ends with
1 where something is not as it should be.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

from chromium import PLACE, Browser, fold, whole

FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def read(browser):
    """Reads the curves, hides and shows them, plays the pictures, and lists what does not answer."""
    wrong = []
    for key in range(browser.ask("document.querySelectorAll('.key').length")):
        button = f"document.querySelectorAll('.key')[{key}]"
        curves = f"[...{button}.closest('section').querySelectorAll('.curve')].filter(c => c.dataset.label === {button}.dataset.label)"
        for shown in ["false", "true"]:
            browser.click(*browser.ask(f"{PLACE}({button})"))
            off = browser.ask(f"{curves}.every(c => c.classList.contains('off') === ({shown} === false))")
            if browser.ask(f"{button}.getAttribute('aria-pressed')") != shown or not off:
                wrong.append(f"does not {'show' if shown == 'true' else 'hide'} the curves of key {key}")
    for chart in range(browser.ask("document.querySelectorAll('.chart').length")):
        x, y = browser.ask(f"{PLACE}(document.querySelectorAll('.chart')[{chart}].querySelector('svg'))")
        browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        browser.ask(FRAME)
        said = browser.ask(f"document.querySelectorAll('.chart')[{chart}].querySelector('output').textContent")
        if not said.startswith("step "):
            wrong.append(f"says {said!r} of chart {chart} where the pointer is on it")
    for scene in range(browser.ask("document.querySelectorAll('.scene').length")):
        part = f"document.querySelectorAll('.scene')[{scene}].querySelector"
        drawn = f"{part}('.stage').innerHTML"
        before = browser.ask(drawn)
        browser.click(*browser.ask(f"{PLACE}({part}('button'))"))
        time.sleep(0.6)
        browser.click(*browser.ask(f"{PLACE}({part}('button'))"))
        if browser.ask(drawn) == before or browser.ask(f"{part}('input').value") == "0":
            wrong.append(f"does not play picture {scene}")
        if browser.ask(f"{part}('button').textContent") != "Play":
            wrong.append(f"does not stop picture {scene}")
    return wrong


def watch(browser, meed, folder):
    """Watches a run from before it begins until the server ends, and lists what is not shown."""
    wrong = []
    with tempfile.TemporaryDirectory() as runs:
        watching = subprocess.Popen([meed, "watch", runs], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        run = str(pathlib.Path(runs) / "run")
        training = None
        try:
            browser.open(watching.stdout.readline().strip(), 1280, "light")
            if "no run yet" not in browser.ask("document.body.textContent"):
                wrong.append("does not say that there is no run")
            command = [meed, "train", "--env", "CartPole-v1", "--reward", "environment", "--steps", "100000000", "--out", run]
            training = subprocess.Popen([*command, "--checkpoint-every", "2000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            steps = "Number(/>(\\d+) of 100000000/.exec(document.body.innerHTML)?.[1] ?? 0)"

            def later(than):
                begun = time.monotonic()
                while time.monotonic() - begun < 60 and browser.ask(steps) <= than:
                    time.sleep(0.2)
                return browser.ask(steps)

            first = later(0)
            # What the reader did stays while the page is brought up to date.
            browser.click(*browser.ask(f"{PLACE}(document.querySelector('.key'))"))
            second = later(first)
            if not 0 < first < second:
                wrong.append(f"does not follow the run: {first} and {second} steps")
            if browser.ask("document.querySelector('.key').getAttribute('aria-pressed')") != "false":
                wrong.append("forgets which curves are hidden")
            browser.click(*browser.ask(f"{PLACE}(document.querySelector('.key'))"))
            begun = time.monotonic()
            while time.monotonic() - begun < 60 and not browser.ask("document.querySelectorAll('.scene').length"):
                time.sleep(0.2)
            training.kill()
            training.wait()
            time.sleep(3)
            if "killed" not in browser.ask("document.body.textContent"):
                wrong.append("does not say that the run was killed")
            for width in [1280, 390]:
                for scheme in ["light", "dark"]:
                    browser.open(browser.ask("location.href"), width, scheme)
                    wrong += read(browser) + fold(browser) + whole(browser, width, scheme)
                    browser.screenshot(folder / f"live-{width}-{scheme}.png")
            watching.kill()
            watching.wait()
            time.sleep(3)
            if not browser.ask("document.querySelectorAll('.stale').length"):
                wrong.append("does not say that nobody serves it any more")
            browser.screenshot(folder / "live-stale.png")
        finally:
            for process in filter(None, [training, watching]):
                process.kill()
                process.wait()
    return wrong


def main():
    program, folder, meed, page = sys.argv[1:]
    folder, page = pathlib.Path(folder), pathlib.Path(page)
    browser, failed = Browser(program), False
    try:
        for width in [1280, 390]:
            for scheme in ["light", "dark"]:
                browser.open(page.resolve().as_uri(), width, scheme)
                for problem in read(browser) + fold(browser) + whole(browser, width, scheme):
                    failed = True
                    print(f"{page.name}, {width} wide, {scheme}: it {problem}")
                browser.screenshot(folder / f"{page.stem}-{width}-{scheme}.png")
        print(f"{page.name}: looked at light and dark, wide and narrow")
        for problem in watch(browser, meed, folder):
            failed = True
            print(f"the live page: it {problem}")
        print("the live page: watched a run from before it began until the server ended")
    finally:
        browser.close()
    sys.exit(failed)


if __name__ == "__main__":
    main()
