"""Matplotlib figures as SVG in a page, in the page's own colour, with a description."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

from matplotlib import rc_context
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

BLUE, ORANGE = "#0072B2", "#D55E00"  # of Okabe and Ito: told apart by all eyes, and seen on white and on black
INK = "#010203"  # stands for the colour of the page's text
SETTINGS = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
}


class PageFigure(Figure):
    """A figure that is drawn once: to lay it out, Matplotlib draws it to nowhere before, which changes nothing here."""

    def draw(self, renderer: RendererBase) -> None:
        engine = self.get_layout_engine()  # a placeholder when all is laid out
        if isinstance(engine, ConstrainedLayoutEngine):
            engine.execute(self)
        else:
            super().draw(renderer)


@contextmanager
def page_figure(width: float, height: float, panels: int = 1) -> Iterator[tuple]:
    """Make a figure and its axes, the first the widest; width and height in inches, which are 96 pixels of a page."""
    with rc_context(SETTINGS):
        figure = PageFigure(figsize=(width, height), layout="constrained")
        yield figure, figure.subplots(1, panels, width_ratios=[2.4, *[1] * (panels - 1)])


def as_svg(figure: Figure, about: str) -> str:
    """Return a figure as SVG, as wide as the page.

    Parameters
    ----------
    figure : Figure
    about : str
        What it shows, for whoever does not see it. The same figure with the same words gives the same text.
    """
    file = io.StringIO()
    with rc_context({**SETTINGS, "svg.hashsalt": about}):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = file.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)  # a page may have several figures, and an id only once
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    named = f'<svg class="picture" role="img" aria-label="{escape(about, quote=True)}" '
    return svg.replace("<svg ", named, 1).replace(INK, "currentColor")
