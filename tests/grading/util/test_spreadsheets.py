"""What a spreadsheet would run as a formula stands in no file that grading writes."""

import csv

import pytest

from grading.util.spreadsheets import escape_formula, escape_formulas


@pytest.mark.parametrize("cell", ["=1+2", "+1+2", "-1+2", "@SUM(A1)", "  =1", "\t=1", "\r=1", "＝1", '=HYPERLINK("x")'])
def test_a_formula_gets_an_apostrophe(cell):
    assert escape_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "ada", "-", "-3", "+4.5", "1,5", "87%", "a=b", "3-4"])
def test_other_text_stays_as_it_is(cell):
    assert escape_formula(cell) == cell


def test_a_file_is_escaped_in_place(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_text('id,score\n"=1+2",3.5\nada,-1\n', encoding="utf-8")
    escape_formulas(path)
    with open(path, newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["id", "score"], ["'=1+2", "3.5"], ["ada", "-1"]]
