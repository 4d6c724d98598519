"""Where a student's optimizer leaves the right way: a small picture, as SVG to stand in a page."""

import io
import math
import re
import warnings
from html import escape

import numpy as np

YOURS, RIGHT = "#D55E00", "#0072B2"  # of Okabe and Ito: told apart by all eyes
INK = "#010203"  # stands for the colour of the page's text, which is light on a dark page
ROOM = 1.5  # how far beyond the right way the picture reaches, in units of that way's extent
LONGEST = 1000


def numbers(values: list) -> np.ndarray:
    """Values as they were kept, None for what is not finite."""
    return np.array([math.nan if value is None else float(value) for value in values[:LONGEST]])


def draw_way(way: dict) -> tuple[str, str]:
    """The picture of what ConfinedExecute keeps of a class, as SVG, and what it cannot show, in words.

    Parameters
    ----------
    way : dict
        See ``grading.preprocessors.confined_execute.public_way``. The numbers come from a submission: the picture shows
        as much of them as lies near the right way, whatever they are.

    Returns
    -------
    svg, note : str
        Both empty if there is nothing to see.
    """
    from matplotlib import rc_context  # here, because most pages have no picture
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    yours, right, point = numbers(way["yours"]), numbers(way["right"]), int(way["point"])
    if not (len(yours) == len(right) > 1 and np.isfinite(right).any()):
        return "", ""
    low, high = np.nanmin(right), np.nanmax(right)
    extent = max(high - low, 1e-3 * max(abs(low), abs(high)), 1e-9)
    near = (yours >= low - ROOM * extent) & (yours <= high + ROOM * extent)
    note = " Yours leaves the picture." if (np.isfinite(yours) & ~near).any() else ""
    note += " Then yours is no longer a finite number." if np.isnan(yours).any() else ""
    shown = np.clip(yours, low - ROOM * extent, high + ROOM * extent)  # what is no number stays none

    settings = {"svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9, "text.color": INK,
                "axes.edgecolor": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
                "svg.hashsalt": f"{way['subject']} {yours.tobytes().hex()}"}  # fmt: skip
    with rc_context(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure = Figure(figsize=(3.7, 2.4), layout="constrained")
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        axes.axvline(point, color=INK, alpha=0.45, lw=1, ls=":")
        axes.plot(right, color=RIGHT, marker="o", ms=6, mfc="none", lw=1.5, label="a right one")
        axes.plot(shown, color=YOURS, marker="s", ms=3, lw=1.5, ls="--", label="yours")
        out = np.flatnonzero(~near & np.isfinite(shown))
        for marker, which in (("^", out[shown[out] > high]), ("v", out[shown[out] < low])):
            axes.plot(which, shown[which], color=YOURS, marker=marker, ms=7, lw=0)
        axes.set_xlim(-0.3, len(right) - 0.7)
        axes.set(xlabel="calls so far", ylabel="one parameter")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        figure.legend(loc="outside upper left", ncols=2, frameon=False, handlelength=2.4)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    about = f"The value of one parameter, yours and that of a right {way['subject']}, call by call.{note}"
    return for_page(file.getvalue(), about), note


def for_page(svg: str, about: str) -> str:
    """An SVG of matplotlib's as part of a page: as wide as there is room, in the page's ink, and said in words."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    named = f'<svg class="picture" role="img" aria-label="{escape(about, quote=True)}" '
    return svg.replace("<svg ", named, 1).replace(INK, "currentColor")
