"""The coalition page in Chromium: its weight over the wire, its first paint, and a slider's step to a new picture.

Needs a Chromium (Debian's ``chromium``), and measures the service over loopback, as a reader's browser would.

    python -m benchmarks.page --facts 10000
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Page, sync_playwright

from benchmarks.generator import COALITION
from benchmarks.measuring import machine, sqlite_with

STEPS = 20
LIMITS = {"weight, KiB": 80, "first paint, ms": 300, "slider step, ms": 150}
"""The targets for the page; a step and a paint are medians."""

_PAINTED = """
() => new Promise((resolve) => new PerformanceObserver((seen) => seen.getEntriesByName("first-contentful-paint")
  .forEach((one) => resolve(one.startTime))).observe({ type: "paint", buffered: true }))
"""
_STEP = """
([id, key]) => new Promise((resolve) => {
  const slider = document.getElementById(id);
  const begun = performance.now();
  const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begun)));
  const address = location.href;
  document.addEventListener("htmx:after:swap", function swapped() {
    if (location.href === address) return;
    document.removeEventListener("htmx:after:swap", swapped);
    painted();
  });
  slider.value = Number(slider.value) + key;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  slider.dispatchEvent(new Event("change", { bubbles: true }));
})
"""
"""Moves a slider by one day; returns the milliseconds until the new picture is painted."""


@contextmanager
def _service(database_url: str) -> Iterator[str]:
    """Run the service on a free port; yields its address."""
    program = Path(sys.executable).parent / "coalition"
    process = subprocess.Popen(
        [str(program), "serve", "--port", "0"],
        env=os.environ | {"COALITION_DATABASE_URL": database_url}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        yield process.stderr.readline().split("listens on ")[1].split()[0]
    finally:
        process.terminate()
        process.wait()


def weight_bytes(page: Page) -> int:
    """Returns the compressed size of the page and its files."""
    names = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    total = 0
    for name in (page.url, *(name for name in names if urlsplit(name).netloc == urlsplit(page.url).netloc)):
        with httpx.stream("GET", name, headers={"Accept-Encoding": "gzip"}) as answer:
            total += sum(len(part) for part in answer.iter_raw())
    return total


def first_paint_ms(page: Page, address: str) -> float:
    """Returns the time until the first part of the page is painted."""
    page.goto(address)
    return float(page.evaluate(_PAINTED))


def steps_ms(page: Page, slider: str) -> list[float]:
    """Returns the duration of each of ``STEPS`` steps of a slider, back and forth."""
    return [page.evaluate(_STEP, [slider, -1 if step % 4 < 2 else 1]) for step in range(STEPS)]


def measure(database_url: str, title: str) -> None:
    """Measure the page of one ledger, and print the results."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with _service(database_url) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        path = f"{address}/c/{COALITION}"
        page.goto(path)  # the service loads the history first
        page.wait_for_load_state("networkidle")
        painted = [first_paint_ms(page, path) for _ in range(5)]
        page.wait_for_load_state("networkidle")
        print(f"  {title}: {weight_bytes(page) / 1024:.1f} KiB over the wire, first paint {median(painted):.0f} ms")
        for slider, name in (("valid_at-slider", "on"), ("known_at-slider", "as known on")):
            page.goto(path)
            page.wait_for_load_state("networkidle")
            taken = steps_ms(page, slider)
            print(f"    a step of the clock {name!r}: median {median(taken):.0f} ms, slowest {max(taken):.0f} ms")
        browser.close()


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, nargs="+", default=[10_000])
    options = parser.parse_args()
    print(f"the coalition page in Chromium; {machine()}; limits: {LIMITS}")
    for count in options.facts:
        measure(sqlite_with(count), f"{count:,} facts, 300 pledges in force")


if __name__ == "__main__":
    main()
