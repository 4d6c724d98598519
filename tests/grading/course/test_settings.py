"""A course's own settings: they go before ours, and what cannot be read or followed is told in one line."""

import shutil
import subprocess
import sys

import pytest
from nbgrader.converters import GenerateAssignment
from own_course import NAME, hand_in, make_course, run, set_option

from grading.course.course import Course
from grading.course.paths import CONFIG, DEFAULT_COURSE
from grading.nbgrader_plugins import ConfinedExecute
from grading.util.errors import CourseError


@pytest.fixture
def course(tmp_path):
    return make_course(tmp_path / "course")


def test_a_folder_without_settings_has_those_of_the_package(tmp_path):
    course = Course(tmp_path)
    assert course.home == DEFAULT_COURSE and course.root == tmp_path
    directory = course.settings().CourseDirectory
    assert directory.source_directory == str(DEFAULT_COURSE / "source")
    assert directory.db_url == f"sqlite:///{tmp_path / 'gradebook.db'}"


def test_what_an_instructor_sets_goes_before_ours(course, tmp_path):
    assert ConfinedExecute(config=course.config()).cell_seconds != 7.0
    set_option(course, "c.ConfinedExecute.cell_seconds = 7.0")
    set_option(course, "c.CourseDirectory.ignore.append('*.tmp')")
    set_option(course, f"c.CourseDirectory.source_directory = {str(tmp_path / 'elsewhere')!r}")
    shutil.move(course.root / "source", tmp_path / "elsewhere")
    assert ConfinedExecute(config=course.config()).cell_seconds == 7.0
    assert "*.tmp" in course.ignored and "feedback" in course.ignored
    assert course.lesson_path == tmp_path / "elsewhere" / NAME / f"{NAME}.ipynb"


def test_a_course_may_be_moved(course, tmp_path):
    course.run(GenerateAssignment)
    shutil.move(course.root, tmp_path / "moved")
    moved = Course(tmp_path / "moved")
    assert moved.settings().CourseDirectory.root == str(tmp_path / "moved")
    with moved.gradebook() as gradebook:
        assert gradebook.find_assignment(NAME).name == NAME


def test_a_course_that_was_moved_to_where_none_can_be(course, tmp_path):
    shutil.move(course.root, tmp_path / "a[b]")
    with pytest.raises(CourseError, match=r"a\[b\] cannot be the folder of a course: nbgrader takes \[ in .* Move it"):
        Course(tmp_path / "a[b]").settings()


BROKEN = {
    "syntax": ("c.X.y = = 1", "line 19: SyntaxError: invalid syntax"),
    "name": ("unheard_of", "line 19: NameError: name 'unheard_of' is not defined"),
    "exit": ("raise SystemExit('enough')", "line 19: SystemExit: enough"),
    "root": ("c.CourseDirectory.root = '/srv'", "sets c.CourseDirectory.root to '/srv', and python -m grading needs"),
    "db": ("c.CourseDirectory.db_url = 'sqlite:////srv/x.db'", "sets c.CourseDirectory.db_url to 'sqlite:////srv/x.db'"),
    "steps": ("c.CourseDirectory.submitted_directory = 'in'", "sets c.CourseDirectory.submitted_directory to 'in'"),
    "older": ("c.Autograde.sanitize_preprocessors = ['grading.settings.Gone']", "asks for grading.settings.Gone"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_settings_that_are_no_good_are_told_in_one_line(course, kind):
    line, said = BROKEN[kind]
    set_option(course, line)
    with pytest.raises(CourseError) as told:
        course.settings()
    assert said in str(told.value) and str(course.config_file) in str(told.value)


@pytest.mark.parametrize("command", ["autograde", "feedback", "report", "check", "sample", "collect", "export"])
def test_every_command_says_so(course, command):
    path = course.lesson_path
    set_option(course, "unheard_of")
    arguments = {"check": [path], "collect": ["class.zip"], "export": ["--to", "canvas"]}
    done = run("grading", command, *arguments.get(command, []), "--course", course.root, cwd=course.root.parent)
    (told,) = done.stderr.splitlines()
    assert done.returncode == 2 and told.startswith("error: the settings cannot be read") and "line 19" in told


def test_settings_that_do_not_load_ours_are_refused(course):
    """A course of stock nbgrader, or a student's own settings: submissions would run unconfined."""
    course.config_file.write_text("c = get_config()\nc.CourseDirectory.course_id = 'x'\n")
    with pytest.raises(CourseError, match=f"{CONFIG} does not load the settings.*run unconfined.*import grading; load"):
        course.settings()


def test_a_link_that_leads_nowhere_is_not_passed_over(tmp_path):
    (tmp_path / CONFIG).symlink_to(tmp_path / "gone")
    with pytest.raises(CourseError, match="the settings cannot be read"):
        Course(tmp_path).settings()


def test_a_copy_of_ours_as_courses_had_it_before_is_a_course(tmp_path):
    shutil.copy(DEFAULT_COURSE / CONFIG, tmp_path)
    course = Course(tmp_path)
    assert course.settings().CourseDirectory.source_directory == str(tmp_path / "source")
    with pytest.raises(CourseError, match=f"There is none in {tmp_path}/source"):
        _ = course.assignment


def test_nbgraders_own_command_grades_nobody_where_an_error_drops_the_settings(course):
    """It only says so and goes on with its own settings, by which submissions run unconfined."""
    course.run(GenerateAssignment)
    hand_in(course, "ada", f"open({str(course.root / 'mine')!r}, 'w') and 2 * x")
    set_option(course, "unheard_of")
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    assert done.returncode != 0 and "Nothing is graded: the settings are not loaded" in done.stderr
    assert not (course.root / "mine").exists() and not course.notebook("autograded", "ada").exists()


def test_nbgraders_own_command_ends_where_our_package_is_missing(course, tmp_path):
    hidden = tmp_path / "packages"  # in which `import grading` fails, as where the clone has been moved
    hidden.mkdir()
    (hidden / "grading.py").write_text("raise ImportError('moved')")
    program = f"import sys; sys.path.insert(0, {str(hidden)!r}); from nbgrader.apps.nbgraderapp import main; main()"
    runner = tmp_path / "runner.py"
    runner.write_text(program)
    done = subprocess.run([sys.executable, runner, "autograde", NAME], cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"{course.config_file}: the package `grading` is not installed in this Python: moved" in done.stderr
