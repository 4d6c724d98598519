"""Figures in the look of the pages, and those of a lesson drawn once more, in the shape and size that a slide needs.

As an extension of IPython (``--IPKernelApp.extensions=nbs_export.figures``) this lets every figure come along with its
picture; where the slides are made, `drawn` draws it.
"""

import base64
import io
import pickle
import tempfile
import textwrap
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from matplotlib import font_manager, rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from nbformat import NotebookNode
from PIL import Image

MIME = "application/x-matplotlib-figure+json"
WIDTH = 1136  # of a picture on a slide, in CSS pixels
DOTS = 100  # CSS pixels in an inch of the figure
LARGER = 1.6  # type, against the figure in the notebook
SMALLEST = 21 * 72 / DOTS  # points, which are 21 CSS pixels
FONTS = Path(__file__).resolve().parent / "site" / "vendor" / "fonts"
FAMILIES = ["Source Sans 3", "Source Sans 3 Greek", "DejaVu Sans"]  # a letter that one lacks comes from the next
PAPER, INK, FAINT, LINE = "#fdfdfb", "#1d1f24", "#5c6068", "#dcdcd4"  # as the pages have them


def load_ipython_extension(shell) -> None:
    """Let figures, and the lesson's pictures of figures, come along with what they show."""
    from tinytorch.viz import Picture

    shell.display_formatter.mimebundle_formatter.for_type(Figure, enclosed)
    keep_figures(Picture)


def keep_figures(kind: type) -> None:
    """Let pictures of a class show their figures, too, which they are given first and need not keep."""
    make, show = kind.__init__, kind._repr_mimebundle_

    def __init__(self, fig: Figure, *arguments, **named) -> None:
        object.__setattr__(self, "_enclosed", enclosed(fig))
        make(self, fig, *arguments, **named)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return show(self, include, exclude) | self._enclosed

    kind.__init__, kind._repr_mimebundle_ = __init__, _repr_mimebundle_


@cache
def load_fonts() -> tempfile.TemporaryDirectory:
    """Make the pages' font known to matplotlib, which reads no compressed ones; the folder lives as long as we do."""
    folder = tempfile.TemporaryDirectory(prefix="nbs_export-")
    for family, script in zip(FAMILIES, ("latin", "greek"), strict=False):
        font = TTFont(FONTS / f"source-sans-3-{script}-400-normal.woff")
        font.flavor = None
        font["name"].setName(family, 1, 3, 1, 0x409)
        font["name"].setName(family, 1, 1, 0, 0)
        font.save(path := Path(folder.name, f"{script}.ttf"))
        font_manager.fontManager.addfont(path)
    return folder


def enclosed(figure: Figure) -> dict[str, dict]:
    """A figure as one more form of itself, with its height as a part of its width."""
    width, height = figure.get_size_inches()
    return {MIME: {"figure": base64.b64encode(pickle.dumps(figure)).decode(), "shape": height / width}}


def drawn(output: NotebookNode, height: int) -> str | None:
    """A figure that an output brings along, drawn for a slide: a PNG file in base64; None if there is no figure.

    Parameters
    ----------
    output : NotebookNode
        Of a notebook that we have just run ourselves: whoever reads it trusts it as much as it trusted its code.
    height : int
        In CSS pixels.
    """
    if MIME not in output.get("data", {}):
        return None
    figure = pickle.loads(base64.b64decode(output.data[MIME]["figure"]))
    figure.set_size_inches(WIDTH / DOTS, height / DOTS)
    figure.set_dpi(1.5 * DOTS)
    figure.set_layout_engine("constrained")
    load_fonts()
    for part in figure.findobj():
        part.set_animated(False)  # what moved in the notebook is drawn with the rest
        if isinstance(part, Text):
            part.set(fontfamily=FAMILIES, fontweight="normal")
            part.set_fontsize(max(LARGER * part.get_fontsize(), SMALLEST))
        elif isinstance(part, Line2D):
            part.set_linewidth(1.3 * part.get_linewidth())
            part.set_markersize(1.3 * part.get_markersize())
    fit(figure)
    file, small = io.BytesIO(), io.BytesIO()
    FigureCanvasAgg(figure).print_png(file)
    image = Image.open(file).convert("RGB")
    image.quantize(128, dither=Image.Dither.NONE).save(small, "png")
    return base64.b64encode(small.getvalue()).decode()


def page_look():
    """A context in which figures are made and drawn in the look of the pages: their type, paper and ink."""
    load_fonts()
    ticks = {f"{axis}tick.{what}": color for axis in "xy" for what, color in (("color", LINE), ("labelcolor", FAINT))}
    return rc_context(
        {
            "font.family": FAMILIES,
            "figure.facecolor": PAPER,
            "axes.facecolor": PAPER,
            "axes.edgecolor": LINE,
            "axes.labelcolor": INK,
            "text.color": INK,
            "axes.spines.top": False,
            "axes.spines.right": False,
            **ticks,
        }
    )


def fit(figure: Figure) -> None:
    """Lay a figure out, its legends with fewer columns and its titles and labels with more lines, if they need them."""
    figure.get_layout_engine().execute(figure)
    if narrow_legends(figure):
        figure.get_layout_engine().execute(figure)
    if wrap_labels(figure):
        figure.get_layout_engine().execute(figure)
    figure.set_layout_engine("none")


def narrow_legends(figure: Figure) -> bool:
    """Give the legends below a figure fewer columns until they fit its width; whether one was changed."""
    changed = False
    for legend in list(figure.legends):
        columns, labels = legend._ncols, legend.get_texts()
        while columns > 1 and legend.get_window_extent().width > figure.bbox.width:
            columns, changed = columns - 1, True
            legend.remove()
            legend = figure.legend(
                legend.legend_handles,
                [label.get_text() for label in labels],
                loc="outside lower center",
                ncols=columns,
                frameon=False,
                prop=labels[0].get_fontproperties(),
            )
    return changed


def wrap_labels(figure: Figure) -> bool:
    """Make titles and labels of axes smaller, and if need be of more lines, until they fit; whether one was changed."""
    changed = False
    for ax in figure.axes:
        for text in (ax.title, ax.xaxis.label, ax.yaxis.label):
            upright = text is ax.yaxis.label
            room, box = (ax.bbox.height if upright else ax.bbox.width), text.get_window_extent()
            length = box.height if upright else box.width
            if "\n" in text.get_text() or length <= room:
                continue
            size, changed = max(SMALLEST, text.get_fontsize() * room / length), True
            length *= size / text.get_fontsize()
            text.set_fontsize(size)
            if length > room:
                words = text.get_text()
                text.set_text(textwrap.fill(words, max(8, int(len(words) * room / length))))
    return changed
