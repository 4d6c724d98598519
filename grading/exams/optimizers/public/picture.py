"""The picture of a parameter that leaves the right way."""

import numpy as np
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tinytorch.viz import Picture

from .curves import Parting
from .differences import Diagnosis


def figure(found: Diagnosis, drawn: Parting) -> Figure:
    """Draw the parameter that leaves the right way most, beside that way."""
    moves = found.subject != "Optimizer"
    x = drawn.steps if moves else np.arange(len(drawn.steps))
    fig = Figure(figsize=(6, 3), layout="constrained")
    ax = fig.subplots()
    ax.plot(x, drawn.right, color="#0072B2", marker="o", ms=7, mfc="white", label=f"a right {found.subject}")
    ax.plot(x, drawn.yours, color="#D55E00", marker="s", ms=4, ls="--", label="yours")
    ax.axvline(x[drawn.point], color="0.6", lw=1, ls=":", label="the first difference")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="steps taken" if moves else "calls made", ylabel="value of one parameter entry")
    fig.legend(loc="outside lower center", ncols=3, frameon=False)
    return fig


def picture(found: Diagnosis, drawn: Parting) -> Picture:
    """The figure, with its description."""
    alt = (
        f"The value of one parameter entry over {'calls' if found.subject == 'Optimizer' else 'steps'}: yours, dashed, "
        f"and that of a right {found.subject}. A dotted line marks the first difference, {found.where}."
    )
    return Picture(figure(found, drawn), alt)


def show(found: Diagnosis, drawn: Parting) -> None:
    """Show the picture in the notebook, with its description."""
    display(picture(found, drawn))
