"""What a site sets stands in a file beside ours, which goes before ours and which git ignores."""

import shutil
import subprocess

import pytest

from grading.course.course import Course
from grading.course.paths import CONFIG, DEFAULT_COURSE, LOCAL_CONFIG
from grading.course.settings import read_settings
from grading.util.errors import CourseError


@pytest.fixture
def home(tmp_path):
    """A folder with a copy of our settings."""
    shutil.copy(DEFAULT_COURSE / CONFIG, tmp_path)
    return tmp_path


def test_it_goes_before_ours(home):
    (home / LOCAL_CONFIG).write_text('c.PointsPerDay.points_per_day = 5.0\nc.Exchange.root = "/srv/exchange"\n')
    settings = Course(home).settings()
    assert settings.PointsPerDay.points_per_day == 5.0 and settings.Exchange.root == "/srv/exchange"
    assert "ConfinedExecute" in settings


def test_without_it_all_is_as_it_was(home):
    assert Course(home).settings().PointsPerDay.points_per_day == 0.0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("\nunheard_of", f"{LOCAL_CONFIG}, line 2: NameError: name 'unheard_of' is not defined"),
        ("c.X.y = = 1", f"{LOCAL_CONFIG}, line 1: SyntaxError: invalid syntax"),
        ("raise SystemExit('enough')", f"{LOCAL_CONFIG}, line 1: SystemExit: enough"),
        ("c.CourseDirectory.db_url = 'sqlite:////srv/x.db'", f"{LOCAL_CONFIG} sets c.CourseDirectory.db_url"),
    ],
)
def test_an_error_in_it_is_told_with_file_and_line(home, line, said):
    (home / LOCAL_CONFIG).write_text(line)
    with pytest.raises(CourseError) as told:
        Course(home).settings()
    assert said in str(told.value) and "\n" not in str(told.value)


def test_what_this_version_does_not_have_is_told(home, monkeypatch):
    (home / LOCAL_CONFIG).write_text("c.Autograde.sanitize_preprocessors = ['grading.nbgrader_plugins.Gone']\n")
    monkeypatch.setattr("grading.course.settings.DEFAULT_COURSE", home)
    with pytest.raises(
        CourseError, match=f"{LOCAL_CONFIG} asks for grading.nbgrader_plugins.Gone.*Take the setting out"
    ):
        read_settings(home)


def test_git_ignores_it():
    done = subprocess.run(
        ["git", "check-ignore", f"grading/{LOCAL_CONFIG}"], cwd=DEFAULT_COURSE.parent, capture_output=True
    )
    assert done.returncode == 0
