"""The small picture of where a student's class leaves the right way, as SVG in a page."""

import math
import warnings
from functools import cache

import numpy as np

from .texts import Texts, load_texts

ROOM = 1.5  # how far beyond the right way the picture reaches, in units of its extent
LONGEST = 1000


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

    from ..util.figure import BLUE, INK, ORANGE, as_svg, page_figure

    yours, right = numbers(illustration["yours"]), numbers(illustration["right"])
    if not (len(yours) == len(right) > 1 and np.isfinite(right).any()):
        return "", ""
    low, high = np.nanmin(right), np.nanmax(right)
    extent = max(high - low, 1e-3 * max(abs(low), abs(high)), 1e-9)
    near = (yours >= low - ROOM * extent) & (yours <= high + ROOM * extent)
    texts = texts or load_texts()
    note = f" {texts('leaves_picture')}" if (np.isfinite(yours) & ~near).any() else ""
    note += f" {texts('not_finite')}" if np.isnan(yours).any() else ""
    shown = np.clip(yours, low - ROOM * extent, high + ROOM * extent)  # what is no number stays none

    with page_figure(3.7, 2.4) as (figure, axes), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        axes.axvline(int(illustration["point"]), color=INK, alpha=0.45, lw=1, ls=":")
        axes.plot(right, color=BLUE, marker="o", ms=6, mfc="none", lw=1.5, label=texts("right_line"))
        axes.plot(shown, color=ORANGE, marker="s", ms=3, lw=1.5, ls="--", label=texts("your_line"))
        out = np.flatnonzero(~near & np.isfinite(shown))
        for marker, which in (("^", out[shown[out] > high]), ("v", out[shown[out] < low])):
            axes.plot(which, shown[which], color=ORANGE, marker=marker, ms=7, lw=0)
        axes.set_xlim(-0.3, len(right) - 0.7)
        axes.set(xlabel=illustration["xlabel"], ylabel=illustration["ylabel"])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        figure.legend(loc="outside upper left", ncols=2, frameon=False, handlelength=2.4)
        return as_svg(figure, illustration["about"] + note), note
