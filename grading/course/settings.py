"""Read nbgrader's settings for a course from its ``nbgrader_config.py``, and refuse those that cannot be followed."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader
from traitlets.utils.importstring import import_item

from ..util.errors import CourseError
from .paths import CONFIG, DEFAULT_COURSE, LOCAL_CONFIG, gradebook_url, refuse_unusable

LOAD = 'load_subconfig("nbgrader_config.py", path=grading.__path__[0])'  # how a course loads our settings
# `python -m grading` has these names of its own. The place of source/ it takes from the settings.
FIXED = ("directory_structure", "submitted_directory", "autograded_directory", "feedback_directory")
FILES = (CONFIG, LOCAL_CONFIG)


def read_settings(home: Path) -> Config:
    """Read the settings of the course in a folder.

    Parameters
    ----------
    home : Path
        Holds ``nbgrader_config.py``.

    Raises
    ------
    CourseError
        If there is no such file, if it cannot be run, or if what it says cannot be followed.
    """
    path = home / CONFIG
    refuse_unusable(home)
    try:
        config = PyFileConfigLoader(CONFIG, path=str(home)).load_config()
    except (Exception, SystemExit) as error:
        raise CourseError(f"the settings cannot be read. {where(error, path)}. Mend that file") from None
    if home != DEFAULT_COURSE:
        require_ours(path, config)
    elif (path.parent / LOCAL_CONFIG).exists():
        require_loadable(path.parent / LOCAL_CONFIG, config, "take the setting out")
    require_standard_places(path, config)
    return config


def where(error: BaseException, path: Path) -> str:
    """Say what went wrong in a file of settings, and in which line."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).name in FILES]
    place = f"{lines[-1].filename}, line {lines[-1].lineno}" if lines else str(path)
    return f"{place}: {type(error).__name__}: {error}"


def require_ours(path: Path, config: Config) -> None:
    """Make sure that a course has our settings, by which submissions run confined, and in this version's form.

    Raises
    ------
    CourseError
        If it has not.
    """
    if "ConfinedExecute" not in config:
        raise CourseError(
            f"{path} does not load the settings of python -m grading, so submissions would run unconfined. Put these "
            f"two lines at its top: import grading; {LOAD}"
        )
    require_loadable(path, config, f"take the setting out, or load ours: import grading; {LOAD}")


def require_loadable(path: Path, config: Config, way_out: str) -> None:
    """Make sure that what settings load from this package is there; raises CourseError as `require_ours` does."""
    for name in sorted(set(classes_named(config))):
        try:
            import_item(name)
        except ImportError as error:
            raise CourseError(
                f"{path} asks for {name}, which this version does not have ({error}). Was it made for another "
                f"version? {way_out[0].upper()}{way_out[1:]}"
            ) from None


def classes_named(value: Any) -> Iterator[str]:
    """Yield the names of what settings load from this package."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, str):
        if value.startswith("grading.") and value.replace(".", "").isidentifier():
            yield value
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from classes_named(entry)


def require_standard_places(path: Path, config: Config) -> None:
    """Make sure that a course is where its settings are, and that its folders have nbgrader's usual names.

    Raises
    ------
    CourseError
        If nbgrader's own commands would look for it elsewhere.
    """
    said, home = config.CourseDirectory, path.parent
    usual = {name: CourseDirectory.class_traits()[name].default_value for name in FIXED}
    usual |= {"root": str(home), "db_url": gradebook_url(home)}
    for name, value in usual.items():
        found = said.get(name, value)
        if name == "root":
            found = str(Path(found).resolve())
        if found != value:
            place = file_with(path, f"CourseDirectory.{name}")
            raise CourseError(
                f"{place} sets c.CourseDirectory.{name} to {found!r}, and python -m grading needs {value!r}. Take that "
                "line out"
            )


def file_with(path: Path, option: str) -> Path:
    """Return the file that sets an option: the site's own, if that names it."""
    local = path.parent / LOCAL_CONFIG
    try:
        return local if option in local.read_text(encoding="utf-8", errors="replace") else path
    except OSError:  # there is none
        return path
