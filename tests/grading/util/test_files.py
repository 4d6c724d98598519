"""Files that are whole or not there."""

import pytest

from grading.util.files import atomic_write


def test_an_error_names_the_file_that_was_asked_for(tmp_path):
    target = tmp_path / "nowhere" / "page.html"
    with pytest.raises(FileNotFoundError) as caught, atomic_write(target) as partial:
        partial.write_text("half")
    assert caught.value.filename == str(target)
    target = tmp_path / "folder"
    (target / "full").mkdir(parents=True)
    with pytest.raises(OSError) as caught, atomic_write(target) as partial:
        partial.write_text("half")
    assert caught.value.filename == str(target) and list(tmp_path.glob(".*")) == []


def test_what_fails_for_a_reason_of_its_own_keeps_its_name(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, atomic_write(tmp_path / "page.html"):
        (tmp_path / "source").read_text()
    assert caught.value.filename == str(tmp_path / "source")


def test_a_file_that_the_system_refuses_is_one_line_in_plain_words(grading, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(13, "Permission denied", "/course/gradebook.db")

    monkeypatch.setattr("grading.course.course.Course.__init__", refuse)
    assert grading("due") == (2, "", "error: /course/gradebook.db: Permission denied\n")
