"""The charts of the class report: scores, checks passed, and seconds."""

from statistics import median

import numpy as np
from matplotlib.ticker import MaxNLocator

from ..util.figure import BLUE, INK, ORANGE, as_svg, page_figure
from .facts import CheckFacts


def histogram(values: list[float], edges: np.ndarray, xlabel: str, unit: str) -> str:
    """Draw a histogram with the median."""
    counts, _ = np.histogram(values, edges)
    middle = median(values)
    ranges = "; ".join(
        f"{low:.3g} to {high:.3g}: {count}" for low, high, count in zip(edges, edges[1:], counts, strict=False) if count
    )
    with page_figure(4.6, 2.4) as (figure, axes):
        axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=BLUE, ec="white", lw=0.6)
        axes.axvline(middle, color=ORANGE, lw=1.8, ls="--", label=f"median {middle:.3g}")
        axes.set(xlabel=xlabel, ylabel="students", xlim=(edges[0], edges[-1]))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        figure.legend(loc="outside upper right", frameon=False)
        return as_svg(figure, f"{xlabel}, students in each range. {ranges}. The median is {middle:.3g} {unit}.")


def scores_chart(scores: list[float], max_score: float) -> str:
    edges = np.linspace(0, max_score or 1, 21)  # every question may be voided
    return histogram(np.clip(scores, 0, max_score).tolist(), edges, "score", "points")


def seconds_chart(seconds: list[float]) -> str:
    longest = max(*seconds, 1e-3) if len(seconds) > 1 else seconds[0] + 1e-3
    return histogram(seconds, np.linspace(0, longest * 1.001, 21), "seconds to run a submission", "seconds")


def checks_chart(part: str, checks: list[CheckFacts]) -> str:
    """Draw a bar for each check of a part, with its name above it."""
    places = np.arange(len(checks))[::-1]
    rows = "; ".join(f"{check.name}: {check.passed} of {check.graded}" for check in checks)
    with page_figure(3.7, 0.36 * len(checks) + 0.35) as (figure, axes):
        axes.barh(places, 1.0, height=0.22, color=INK, alpha=0.12)
        axes.barh(places, [check.rate for check in checks], height=0.22, color=BLUE)
        for place, check in zip(places, checks, strict=True):
            axes.text(0, place + 0.2, check.name, va="bottom", ha="left", in_layout=False)
            share = f"{check.passed} of {check.graded}"
            axes.text(1, place + 0.2, share, va="bottom", ha="right", in_layout=False)
        axes.set(xlim=(0, 1), ylim=(-0.3, len(checks) - 0.25), yticks=[], xticks=[0, 0.5, 1])
        axes.set_xticklabels(["0 %", "50 %", "100 %"])
        axes.spines["left"].set_visible(False)
        return as_svg(figure, f"{part}: how many passed each check. {rows}.")
