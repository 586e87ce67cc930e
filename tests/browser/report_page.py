"""Opens the verifier's pages, light and dark, wide and narrow, clicks through them and looks at what comes of it.

python report_page.py CHROMIUM FOLDER PAGE...: screenshots go into FOLDER. Ends with 1 where something is not as it should be.
"""

import pathlib
import sys

from chromium import PLACE, Browser, fold, whole


def look(browser, page, width, scheme):
    """Clicks through a page and lists what is wrong with it."""
    wrong = []
    browser.open(page.resolve().as_uri(), width, scheme)
    links = browser.ask("document.querySelectorAll('nav a').length")
    if not links:
        wrong.append("leads nowhere: it has no contents")
    for link in range(links):
        target = browser.ask(f"document.querySelectorAll('nav a')[{link}].hash")
        browser.click(*browser.ask(f"{PLACE}(document.querySelectorAll('nav a')[{link}])"))
        browser.ask("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        top = browser.ask(f"document.querySelector('{target}')?.getBoundingClientRect().top ?? -1")
        if browser.ask("location.hash") != target or not -1 <= top < 900:
            wrong.append(f"does not show {target} where one clicks on it ({top})")
    return wrong + fold(browser) + whole(browser, width, scheme)


def main():
    program, folder, *pages = sys.argv[1:]
    browser, failed = Browser(program), False
    try:
        for page in map(pathlib.Path, pages):
            for width in [1280, 390]:
                for scheme in ["light", "dark"]:
                    for problem in look(browser, page, width, scheme):
                        failed = True
                        print(f"{page.name}, {width} wide, {scheme}: it {problem}")
                    browser.screenshot(pathlib.Path(folder) / f"{page.stem}-{width}-{scheme}.png")
            print(f"{page.name}: looked at light and dark, wide and narrow")
    finally:
        browser.close()
    sys.exit(failed)


if __name__ == "__main__":
    main()
