"""Which checks tell those who know the matter from those who do not."""

from collections.abc import Mapping

import numpy as np

SMALLEST_CLASS = 20  # in a smaller one chance says more than the check
ABOUT = (
    "Discrimination is the correlation between passing a check and the points on all the other ones (point-biserial): "
    "well above 0, the check tells who knows the matter; near 0 it tells nothing, and below 0 look at the check itself."
)


def discrimination(passed: Mapping[str, Mapping[str, bool]], worth: Mapping[str, float]) -> dict[str, float]:
    """Return the point-biserial correlation of each check with the points on all the others.

    Checks that all or none have passed are left out, and so are all in a class that is too small.

    Parameters
    ----------
    passed : Mapping of str to (Mapping of str to bool)
        By student and check.
    worth : Mapping of str to float
        The points of each check.
    """
    students = [student for student, results in passed.items() if results.keys() >= worth.keys()]
    if len(students) < SMALLEST_CLASS:
        return {}
    names = list(worth)
    table = np.array([[passed[student][name] for name in names] for student in students], float)
    total = table @ np.array([worth[name] for name in names])
    found = {}
    for column, name in enumerate(names):
        mine, others = table[:, column], total - table[:, column] * worth[name]
        if 0 < mine.mean() < 1 and np.ptp(others) > 0:
            found[name] = float(np.corrcoef(mine, others)[0, 1])
    return found
