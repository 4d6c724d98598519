"""What a run says about a class: one line for all of whom the same is to be said."""

from grading.autograde.class_grader import Outcome
from grading.autograde.results_table import grouped_warnings, part_given


def test_what_is_the_same_of_many_is_one_line():
    early, left_out = "handed in at a time which is still to come", "left out: a link"
    outcomes = [
        Outcome("ada", warnings=(early,)),
        Outcome("bob", warnings=(left_out, early)),
        Outcome("cyd"),
        Outcome("d\nan", warnings=(early,)),
    ]
    assert grouped_warnings(outcomes) == [f"ada, bob, d\ufffdan: {early}", f"bob: {left_out}"]


def test_a_part_of_the_points_is_not_none_of_them():
    assert part_given(1.5, 2.0) == " (1.5 of 2)"
    assert part_given(0.0, 2.0) == part_given(None, 2.0) == ""
