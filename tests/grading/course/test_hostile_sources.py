"""What a stranger wrote to be searched for ever is searched in no time."""

import pytest

from grading.course.json_text import parse_json
from grading.course.own_answers import has_comment
from grading.util.isolation import isolated

MANY = 400_000  # so many steps take a second if each is done once, and days if each is done for every other one
SECONDS, MEMORY = 30.0, 2**30


@pytest.mark.parametrize(
    "text",
    ['{"' + '\\"' * MANY, '{"' + '\\"' * MANY + "\\", '{"' * MANY, "{" + ", " * MANY, '{"a' + "\n" * MANY],
    ids=["escaped quotes", "half an escape", "texts", "commas", "a text without end"],
)
def test_a_file_that_is_no_json_is_told_in_no_time(text):
    def said() -> bytes:
        with pytest.raises((ValueError, RecursionError)):
            parse_json(text)
        return b"no JSON"

    assert isolated(said, SECONDS, MEMORY) == b"no JSON"


@pytest.mark.parametrize(
    ("source", "has_one"),
    [("x" + "\n" * MANY + "x", False), ("x\n" + " " * MANY + "x", False), ('"""\n' * MANY, False),
     ("#" * MANY, False), ("x\n" + "\n" * MANY + "# So it is.", True)],
    ids=["empty lines", "blanks", "texts", "marks", "a comment"],
)  # fmt: skip
def test_a_comment_is_found_in_no_time(source, has_one):
    assert isolated(lambda: str(has_comment(source)).encode(), SECONDS, MEMORY) == str(has_one).encode()
