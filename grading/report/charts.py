"""The charts of the class report: scores, and seconds."""

from statistics import median

import numpy as np
from matplotlib.ticker import MaxNLocator

from ..util.figure import BLUE, ORANGE, as_svg, page_figure


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
