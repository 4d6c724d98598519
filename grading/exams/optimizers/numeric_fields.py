"""The numbers that the oracle expects after a call: one entry for each field.

What the numbers must be is the affair of ``oracle``; here is where a trace shows them, and what a student calls them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from diagnosis.trace import Moment

KEPT = "kept"  # a check that names it asks of every numeric field for what is to stay as it was


@dataclass(frozen=True)
class NumericField:
    """Numbers for all parameters that the oracle expects after a call.

    Attributes
    ----------
    name : str
        The name by which a check asks for it, and by which the oracle calls it.
    words : str
        What a student calls it.
    read : callable
        From a Moment to the list of arrays that it shows.
    is_attribute : bool
        Whether it is an attribute of the optimizer with this very name. Without one, there is nothing to compare;
        whether there is one is another question, ``"buffer_names"``.
    any_shape : bool
        Whether right numbers in another shape are right. Shapes of parameters are the affair of ``"dtype"``.
    """

    name: str
    words: str
    read: Callable[[Moment], Any]
    is_attribute: bool = False
    any_shape: bool = False


def buffers(name: str, words: str) -> NumericField:
    """The numeric field of a list of buffers that the optimizer keeps."""
    return NumericField(name, f"{words} ({name})", lambda moment: moment.buffers.get(name), is_attribute=True)


NUMERIC_FIELDS = {
    entry.name: entry
    for entry in (
        NumericField("params", "the value", attrgetter("params"), any_shape=True),
        buffers("momentum_buffers", "the velocity"),
        buffers("m_buffers", "the average of the gradient"),
        buffers("v_buffers", "the average of the squared gradient"),
        NumericField("held", "the state that the caller holds", attrgetter("held")),
    )
}


def numeric_fields_of(fields: frozenset[str]) -> frozenset[str]:
    """The numeric fields that a check looks at."""
    return frozenset(NUMERIC_FIELDS) if KEPT in fields else fields.intersection(NUMERIC_FIELDS)
