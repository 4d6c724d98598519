"""The small picture of where a student's class leaves the right way, as SVG in a page."""

import math
import warnings
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from .texts import Texts, load_texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

ROOM = 1.5  # how far beyond the right way the picture reaches, in units of its extent
LONGEST = 1000
HARD_TO_SEE = 0.05  # of the picture's height: two points that are nearer are shown enlarged, too
GAPS = 3  # how high that is, in distances of the two points
ROUNDING = 4 * 2**-23  # of values in single precision


def numbers(values: list) -> np.ndarray:
    """Convert values to an array, with nan for None."""
    return np.array([math.nan if value is None else float(value) for value in values[:LONGEST]])


@cache
def load() -> None:
    """Load Matplotlib and its fonts, before this process is copied to make pages."""
    words = dict.fromkeys(("xlabel", "ylabel", "about", "where"), "x")
    draw_illustration({"yours": [0, 1], "right": [0, 2], "point": 1, **words})


def draw_illustration(illustration: dict, texts: Texts | None = None) -> tuple[str, str]:
    """Draw two series, a student's and the right one, as SVG; say in words what the picture cannot show.

    Parameters
    ----------
    illustration : dict
        ``yours`` and ``right``, numbers or None; ``point``, the index at which they separate; ``xlabel``, ``ylabel``;
        and ``about``, the picture in words. The numbers come from a submission: the picture shows as much of them as
        lies near the right ones, whatever they are.
    texts : Texts or None
        The page's own; None for the English ones.

    Returns
    -------
    svg, note : str
        Both empty if there is nothing to see.
    """
    from matplotlib.ticker import MaxNLocator  # here, because most pages have no picture

    from ..util.figure import INK, ORANGE, as_svg, page_figure

    yours, right = numbers(illustration["yours"]), numbers(illustration["right"])
    if not (len(yours) == len(right) > 1 and np.isfinite(right).any()):
        return "", ""
    low, high = np.nanmin(right), np.nanmax(right)
    extent = max(high - low, 1e-3 * max(abs(low), abs(high)), 1e-9)
    near = (yours >= low - ROOM * extent) & (yours <= high + ROOM * extent)
    texts, point = texts or load_texts(), int(illustration["point"])
    shown = np.clip(yours, low - ROOM * extent, high + ROOM * extent)  # what is no number stays none
    seen = first_seen(shown, right)
    height = max(high, np.nanmax(shown, initial=low)) - min(low, np.nanmin(shown, initial=high))
    gap = abs(shown[seen] - right[seen]) if seen is not None else math.nan  # none either where one is no number
    enlarged = gap < HARD_TO_SEE * height
    notes = [texts("seen_later", count=seen)] if seen is not None and seen > point else []
    notes += [texts("enlarged", times=float(f"{height / (GAPS * gap):.1g}"))] if enlarged else []
    notes += [texts("leaves_picture")] if (np.isfinite(yours) & ~near).any() else []
    notes += [texts("not_finite")] if np.isnan(yours).any() else []
    note = "".join(f" {said}" for said in notes)

    with (
        page_figure(4.3 if enlarged else 3.7, 2.4, 2 if enlarged else 1) as (figure, panels),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        axes, *beside = np.atleast_1d(panels)
        axes.axvline(point, color=INK, alpha=0.45, lw=1, ls=":")
        lines = draw_both(axes, shown, right)
        for line, label in zip(lines, ("right_line", "your_line"), strict=True):
            line.set_label(texts(label))
        out = np.flatnonzero(~near & np.isfinite(shown))
        for marker, which in (("^", out[shown[out] > high]), ("v", out[shown[out] < low])):
            axes.plot(which, shown[which], color=ORANGE, marker=marker, ms=7, lw=0)
        axes.set_xlim(-0.3, len(right) - 0.7)
        axes.set(xlabel=illustration["xlabel"], ylabel=illustration["ylabel"])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.ticklabel_format(axis="y", useOffset=False)
        for zoomed in beside:
            for line in draw_both(zoomed, shown, right):
                line.set(linewidth=0.8, markersize=7)
            middle = (shown[seen] + right[seen]) / 2
            zoomed.set(xlim=(seen - 0.5, seen + 0.5), ylim=(middle - GAPS * gap / 2, middle + GAPS * gap / 2))
            zoomed.set(xticks=[seen], yticks=[])
            zoomed.spines[:].set_visible(True)
        figure.legend(handles=lines, loc="outside upper left", ncols=2, frameon=False, handlelength=2.4)
        return as_svg(figure, illustration["about"] + note), note


def first_seen(yours: np.ndarray, right: np.ndarray) -> int | None:
    """Return the first index at which two series differ by more than rounding does; None if there is none."""
    rounding = ROUNDING * np.nanmax(np.abs(right))
    with np.errstate(invalid="ignore"):
        apart = (np.abs(yours - right) > rounding) | (np.isnan(yours) != np.isnan(right))
    return int(np.argmax(apart)) if apart.any() else None


def draw_both(axes: "Axes", yours: np.ndarray, right: np.ndarray) -> list["Line2D"]:
    """Draw the right series, and the student's over it."""
    from ..util.figure import BLUE, ORANGE

    return [
        *axes.plot(right, color=BLUE, marker="o", ms=6, mfc="none", lw=1.5),
        *axes.plot(yours, color=ORANGE, marker="s", ms=3, lw=1.5, ls="--"),
    ]
