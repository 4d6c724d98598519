"""What a spreadsheet would run as a formula stands in no file that grading writes."""

import pytest

from grading.util.spreadsheets import escape_formula


@pytest.mark.parametrize("cell", ["=1+2", "+1+2", "-1+2", "@SUM(A1)", "  =1", "\t=1", "\r=1", "＝1", '=HYPERLINK("x")'])
def test_a_formula_gets_an_apostrophe(cell):
    assert escape_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "ada", "-", "-3", "+4.5", "1,5", "87%", "a=b", "3-4"])
def test_other_text_stays_as_it_is(cell):
    assert escape_formula(cell) == cell


@pytest.mark.parametrize(("cell", "escaped"), [("a;=1+2", "a;'=1+2"), ("a\t +1", "a\t '+1"), ("a\n@b", "a\n'@b")])
def test_so_does_what_is_one_where_another_mark_separates_cells(cell, escaped):
    assert escape_formula(cell) == escaped
