"""Binder's launch address, and the badge that leads there."""

import re
from urllib.parse import quote

PLACE = re.compile(
    r"(?:github|(?P<hub>https://[A-Za-z0-9.:-]+(?:/[\w-]+)*)/v2/gh)"
    r"/(?P<owner>[A-Za-z0-9](?:-?[A-Za-z0-9])*)/(?P<repo>[\w.-]+)/(?P<branch>[\w.+-]+(?:/[\w.+-]+)*)"
)
HUB = "https://mybinder.org"
LESSON = "modules/07_optimizers/07_optimizers.ipynb"

UNSET = """\
This copy does not know its own address yet. On a Binder service, such as {hub}, enter the address of this repository,
and `lab/tree/{lesson}` as the URL to open.

Instructors: `python -m nbs_export student --binder github/OWNER/REPO/BRANCH`, in the course repository, puts a launch
button here.
"""


class BinderError(ValueError):
    """A place that Binder cannot launch."""


def launch_address(place: str) -> str:
    """The address that opens the lesson in Binder.

    Parameters
    ----------
    place : str
        ``github/OWNER/REPO/BRANCH``; for another Binder service than mybinder.org, its own address,
        ``https://HUB/v2/gh/OWNER/REPO/BRANCH``.

    Raises
    ------
    BinderError
        If it is neither.
    """
    found = PLACE.fullmatch(place)
    if not found or ".." in place or found["repo"].endswith(".git"):
        raise BinderError(
            f"{place!r} is not a place that Binder can open: say github/OWNER/REPO/BRANCH, such as "
            "github/a-school/optimizers/main, or https://HUB/v2/gh/OWNER/REPO/BRANCH for a Binder service of your own"
        )
    where = "/".join((found["owner"], found["repo"], quote(found["branch"], safe="")))
    return f"{found['hub'] or HUB}/v2/gh/{where}?urlpath=lab/tree/{LESSON}"


def source_address(place: str) -> str:
    """The address of the lesson's source, for a place that `launch_address` takes."""
    launch_address(place)  # refuses what is none
    found = PLACE.fullmatch(place)
    return f"https://github.com/{found['owner']}/{found['repo']}/blob/{found['branch']}/{LESSON}"


def badge(place: str | None) -> str:
    """What the students' README says about Binder: a launch button, or what to do while there is none."""
    if place is None:
        return UNSET.format(hub=HUB, lesson=LESSON)
    address = launch_address(place)
    return f"[![Launch the lesson on Binder]({address.partition('/v2/')[0]}/badge_logo.svg)]({address})\n"
