"""The names that each system gives to files, as its own code and real archives have them."""

from datetime import UTC, datetime

import pytest

from grading.lms.archive import Archive
from grading.lms.conventions import CONVENTIONS, detect_convention
from grading.util.errors import CourseError

METADATA = """
submission_101:
  :submitters:
  - :name: Jane Doe
    :sid: 's100'
    :email: jane@example.edu
  :created_at: 2026-10-01 12:30:45.123456000 -07:00
submission_102:
  :submitters:
  - :name: Ann Xi
    :email: ann@example.edu
  - :name: Bo Yu
    :sid: 300
"""
RECEIPT = """Name: Jane Doe (j_doe)
Assignment: My_Optimizers
Date Submitted: Thursday, October 1, 2026 12:30:45 PM UTC
Current Grade: Not Graded Yet

Comments:
Name: Somebody Else (victim)
"""


def uploads(pack, files, lms=""):
    files = files if isinstance(files, dict) else dict.fromkeys(files, b"{}")
    with Archive(pack(files)) as archive:
        convention = CONVENTIONS[lms] if lms else detect_convention(archive.entries, archive.path)
        return convention.name, list(convention.uploads(archive)), archive.refused


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("doejane_12345_67890_07_optimizers-1.ipynb", ("doejane", "12345", 67890, False, "07_optimizers-1.ipynb")),
        ("doejane_LATE_12345_67890_07_optimizers.ipynb", ("doejane", "12345", 67890, True, "07_optimizers.ipynb")),
        ("de_la_cruzana_12345_67890_3_4_x.ipynb", ("de_la_cruzana", "12345", 67890, False, "3_4_x.ipynb")),
        ("müllerjürgen_7_8_my work (1).ipynb", ("müllerjürgen", "7", 8, False, "my work (1).ipynb")),
        ("anon_Ab1cD_67890_07_optimizers.ipynb", ("", "anon_Ab1cD", 67890, False, "07_optimizers.ipynb")),
        ("LATE_anon_Ab1cD_67890_07_optimizers.ipynb", ("", "anon_Ab1cD", 67890, True, "07_optimizers.ipynb")),
        ("submissions/doejane_1_2_a.ipynb", ("doejane", "1", 2, False, "a.ipynb")),
    ],
)
def test_canvas(pack, entry, expected):
    name, (upload,), _ = uploads(pack, [entry])
    assert name == "canvas"
    assert (upload.name, upload.lms_id, upload.number, upload.late, upload.file) == expected


@pytest.mark.parametrize(
    ("entry", "file"),
    [
        ("Jane Doe_1234567_assignsubmission_file_/07_optimizers.ipynb", "07_optimizers.ipynb"),
        ("Jane Doe_1234567_assignsubmission_file/07_optimizers.ipynb", "07_optimizers.ipynb"),
        ("Jane Doe_1234567_assignsubmission_file_/a folder/07 optimizers.ipynb", "07 optimizers.ipynb"),
        ("Jane Doe_1234567_assignsubmission_file_07_optimizers.ipynb", "07_optimizers.ipynb"),
    ],
)
def test_moodle(pack, entry, file):
    text = "Jane Doe_1234567_assignsubmission_onlinetext_/onlinetext.html"
    name, (upload,), _ = uploads(pack, [entry, text])
    assert name == "moodle"
    assert (upload.name, upload.lms_id, upload.file) == ("Jane Doe", "1234567", file)


def test_blackboard(pack):
    """The receipt tells where the assignment's name ends and the username begins, for the others too."""
    name, (jane, bob), refused = uploads(
        pack,
        {
            "My_Optimizers_j_doe_attempt_2026-10-01-12-30-45.txt": RECEIPT,
            "My_Optimizers_j_doe_attempt_2026-10-01-12-30-45_07_optimizers.ipynb": "{}",
            "My_Optimizers_b_ob_attempt_2026-10-02-00-00-00_07_optimizers.ipynb": "{}",
        },
    )
    assert (name, refused) == ("blackboard", [])
    assert (jane.lms_id, jane.name, jane.file) == ("j_doe", "Jane Doe", "07_optimizers.ipynb")
    assert jane.time == datetime(2026, 10, 1, 12, 30, 45, tzinfo=UTC)
    assert bob.lms_id == "b_ob"


def test_blackboard_without_a_receipt_is_not_guessed(pack):
    _, found, refused = uploads(
        pack,
        [
            "My_Optimizers_j_doe_attempt_2026-10-01-12-30-45_07_optimizers.ipynb",
            "Optimizers_bob_attempt_2026-10-01-12-30-45_07_optimizers.ipynb",
        ],
    )
    assert [upload.lms_id for upload in found] == ["bob"]
    assert "receipt" in refused[0].reason


def test_gradescope(pack):
    name, found, refused = uploads(
        pack,
        {
            "assignment_9_export/submission_metadata.yml": METADATA,
            "assignment_9_export/submission_101/07_optimizers.ipynb": "{}",
            "assignment_9_export/submission_102/mine/07_optimizers.ipynb": "{}",
            "assignment_9_export/submission_103/07_optimizers.ipynb": "{}",
        },
    )
    assert name == "gradescope"
    people = [(upload.lms_id, upload.name, upload.email) for upload in found]
    assert people == [
        ("s100", "Jane Doe", "jane@example.edu"),
        ("ann@example.edu", "Ann Xi", "ann@example.edu"),
        ("300", "Bo Yu", ""),
    ]
    assert found[0].time == datetime(2026, 10, 1, 19, 30, 45, tzinfo=UTC)
    assert "does not say whose it is" in refused[0].reason


@pytest.mark.parametrize("metadata", ["]", "[1, 2]", "a: &a [*a]", "x: !!python/object/apply:os.system ['true']", "\0"])
def test_gradescope_with_odd_metadata(pack, metadata):
    files = {"submission_metadata.yml": metadata, "submission_1/a.ipynb": "{}"}
    try:
        _, found, refused = uploads(pack, files)
    except CourseError as error:
        assert len(str(error).splitlines()) == 1 and "submission_metadata.yml cannot be read" in str(error)
    else:
        assert not found and refused


@pytest.mark.parametrize(
    ("lms", "entry", "owner"),
    [
        ("canvas", "mallory_66_77_victim_12345_67890_07_optimizers.ipynb", "66"),
        ("moodle", "Mal Lory_66_assignsubmission_file_/Vic Tim_1_assignsubmission_file_/07_optimizers.ipynb", "66"),
        ("moodle", "Mal Lory_66_assignsubmission_file_Vic Tim_1_assignsubmission_file_07_optimizers.ipynb", "66"),
        (
            "blackboard",
            "HW_mallory_attempt_2026-10-01-12-30-45_HW_victim_attempt_2026-12-31-00-00-00_07_optimizers.ipynb",
            "mallory",
        ),
    ],
)
def test_a_student_cannot_hand_in_for_another_by_the_name_of_a_file(pack, lms, entry, owner):
    _, (upload,), _ = uploads(pack, [entry], lms)
    assert upload.lms_id == owner


@pytest.mark.parametrize("root", ["", "assignment_9_export/"])
def test_a_student_cannot_hand_in_for_another_on_gradescope(pack, root):
    files = {
        f"{root}submission_102/submission_metadata.yml": METADATA.replace("submission_101", "submission_102"),
        f"{root}submission_102/submission_101/07_optimizers.ipynb": "{}",
        f"{root}submission_metadata.yml": METADATA,
    }
    name, found, _ = uploads(pack, files)
    assert name == "gradescope" and found
    assert "s100" not in {upload.lms_id for upload in found}


def test_a_students_comment_is_not_taken_for_a_receipt(pack):
    start = "HW_mallory_attempt_2026-10-01-12-30-45"
    comment = "Comments:\nName: Vic Tim (victim)\n"
    _, (upload,), _ = uploads(pack, {f"{start}.txt": comment, f"{start}_07_optimizers.ipynb": "{}"})
    assert upload.lms_id == "mallory"


def test_the_wrong_system(pack):
    with pytest.raises(CourseError, match="has no submission_metadata.yml"):
        uploads(pack, ["doejane_1_2_a.ipynb"], "gradescope")
    with pytest.raises(CourseError, match="has no submission_metadata.yml"):
        uploads(pack, {"submission_1/submission_metadata.yml": METADATA}, "gradescope")  # a student's own
    assert uploads(pack, ["doejane_1_2_a.ipynb"], "moodle")[1] == []


def test_one_odd_name_does_not_make_a_class_ambiguous(pack):
    odd = "doejane_1_2_x_attempt_2026-10-01-12-30-45_y.ipynb"
    name, _, _ = uploads(pack, [odd, "xiann_3_4_07_optimizers.ipynb"])
    assert name == "canvas"
    with pytest.raises(CourseError, match="--lms canvas or --lms blackboard"):
        uploads(pack, [odd])
    assert uploads(pack, [odd], "canvas")[0] == "canvas"


def test_an_archive_of_no_system(pack):
    with pytest.raises(CourseError, match="as it was downloaded"):
        uploads(pack, ["07_optimizers.ipynb", "notes.txt"])
