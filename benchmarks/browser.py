"""What a student waits for in a browser: ``python -m benchmarks.browser``.

Opens a notebook with nothing in it, and then the lesson, with its solutions, each in a JupyterLab and a Chromium of
its own, and runs the first cell. Then it runs all cells of the lesson, and moves every slider by keys. A slider's
reaction is the time from the key until its picture has changed on the page. Needs playwright and Chromium.
"""

import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import typer
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from .classes import machine

LESSON = Path(__file__).parents[1] / "modules" / "07_optimizers" / "07_optimizers.ipynb"
EMPTY = "empty.ipynb"
PATIENCE = 300_000  # milliseconds
# Presses a key and waits, in the page itself, until the image is another one.
REACTION = """([cell, slider, key]) => new Promise(done => {
    const output = cell.querySelector(".jp-Cell-outputArea"), shown = () => output.querySelector("img").src;
    const before = shown(), begin = performance.now();
    const seen = new MutationObserver(() => {
        if (output.querySelector("img") && shown() !== before) { seen.disconnect(); done(performance.now() - begin); }
    });
    seen.observe(output, {subtree: true, childList: true, attributes: true});
    const handle = output.querySelectorAll(".noUi-handle")[slider];
    handle.dispatchEvent(new KeyboardEvent("keydown", {key: key, bubbles: true}));
})"""


def start_lab(folder: Path) -> tuple[subprocess.Popen, str]:
    """JupyterLab in a folder, and the address of its page. It knows of no other one, whose notebooks it would open."""
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.port=0"]
    own = tempfile.mkdtemp(dir=folder)
    home = {"HOME": own, "JUPYTER_CONFIG_DIR": f"{own}/config"}
    lab = subprocess.Popen(command, cwd=folder, env=os.environ | home, stderr=subprocess.PIPE, text=True)
    for line in lab.stderr:
        if found := re.search(r"http://(?:localhost|127\.0\.0\.1):\d+/lab\?token=\S+", line):
            return lab, found[0]
    raise SystemExit("JupyterLab has ended before it said where it is")


def run_cell(page: Page, cell) -> float:
    """Run a cell of the notebook; the seconds until it is done."""
    cell.locator(".cm-content").click(position={"x": 5, "y": 5})
    begin = time.perf_counter()
    page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputArea-prompt")).to_have_text(re.compile(r"^\[\d+\]:$"))
    return time.perf_counter() - begin


def react(page: Page, cell, moves: int) -> None:
    """Move each slider of a cell, and print how long its picture takes."""
    handles = cell.locator(".noUi-handle")
    for slider in range(handles.count()):
        handle = cell.locator(".jp-Cell-outputArea").element_handle()
        spent = []
        for move in range(moves):
            key = "ArrowRight" if move % 4 < 2 else "ArrowLeft"
            node = page.evaluate_handle("node => node.closest('.jp-Cell')", handle)
            spent.append(page.evaluate(REACTION, [node, slider, key]) / 1e3)
        name = handles.nth(slider).get_attribute("aria-label")
        typer.echo(f"  {name:<14} {statistics.median(spent):.2f} s, from {min(spent):.2f} to {max(spent):.2f} s")


@contextlib.contextmanager
def opened(playwright: Playwright, folder: Path, name: str, count: int) -> Iterator[tuple[Page, float]]:
    """Start JupyterLab in a folder and open a notebook of so many cells; the page, and when that was begun."""
    begin = time.perf_counter()
    lab, url = start_lab(folder)
    try:
        typer.echo(f"{name}: JupyterLab answers after {time.perf_counter() - begin:.1f} s")
        path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(PATIENCE)
        page.goto(url.replace("lab?", f"lab/tree/lesson/{name}?"))
        expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(count)
        expect(page.locator("#jp-main-statusbar").get_by_text("| Idle")).to_be_visible()
        typer.echo(f"  it is open, its kernel ready, after {time.perf_counter() - begin:.1f} s")
        yield page, begin
        browser.close()
    finally:
        lab.terminate()
        lab.wait(60)


def first_cell(page: Page, place: int, begin: float) -> float:
    """Run the first cell of a notebook; the seconds since JupyterLab was started."""
    spent = run_cell(page, page.locator(".jp-Notebook .jp-Cell").nth(place))
    done = time.perf_counter() - begin
    typer.echo(f"  its first cell takes {spent:.1f} s, so it is done after {done:.1f} s")
    return done


def main(moves: int = 16, first: bool = False) -> None:
    """Open both once, and move each slider so many times; with --first, only run the first cells."""
    typer.echo(machine())
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        shutil.copytree(LESSON.parent, Path(folder) / "lesson")
        nb = nbformat.read(LESSON, as_version=4)
        nbformat.write(
            new_notebook(cells=[new_code_cell("1 + 1")], metadata=nb.metadata), Path(folder) / "lesson" / EMPTY
        )
        with opened(playwright, Path(folder), EMPTY, 1) as (page, begin):
            reference = first_cell(page, 0, begin)
        with opened(playwright, Path(folder), LESSON.name, len(nb.cells)) as (page, begin):
            cells = page.locator(".jp-Notebook .jp-Cell")
            imports = next(i for i, cell in enumerate(nb.cells) if cell.id == "imports")
            done = first_cell(page, imports, begin)
            typer.echo(f"the lesson / the empty notebook, until the first cell is done: {done / reference:.2f}")
            if first:
                return
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.locator(".lm-Menu-itemLabel").get_by_text("Run All Cells", exact=True).click()
            last = max(i for i, cell in enumerate(nb.cells) if cell.cell_type == "code" and cell.source)
            begin = time.perf_counter()
            expect(cells.nth(last).locator(".jp-InputArea-prompt")).to_have_text(re.compile(r"^\[\d+\]:$"))
            typer.echo(f"all cells take {time.perf_counter() - begin:.1f} s; how long a slider's picture takes:")
            for i, cell in enumerate(nb.cells):
                if "viz.sliders(" in cell.source:
                    cells.nth(i).scroll_into_view_if_needed()
                    typer.echo(f" {cell.id}")
                    react(page, cells.nth(i), moves)


if __name__ == "__main__":
    typer.run(main)
