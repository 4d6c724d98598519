"""`python -m grading roster`: rosters as spreadsheets and platforms write them, entered whole or not at all."""

import subprocess
import sys
import zipfile

import pytest
from nbgrader.api import Gradebook

from grading.course.course import Course
from grading.lms.roster_import import import_roster
from grading.util.errors import CourseError

NORA = {"s1": ("Nora", "North", "nora@example.edu", None)}
ROSTERS = {
    "blanks": "id,first_name,last_name,email\ns1, Nora, North, nora@example.edu\n",
    "semicolons": "id;first_name;last_name;email\r\ns1;Nora;North;nora@example.edu\r\n",
    "tabs": "id\tfirst_name\tlast_name\temail\ns1\tNora\tNorth\tnora@example.edu\n",
    "a mark of the order of bytes": "\ufeffid,first_name,last_name,email\r\ns1,Nora,North,nora@example.edu\r\n",
    "Excel's line": "sep=;\nid;first_name;last_name;email\ns1;Nora;North;nora@example.edu\n",
    "quotes after blanks": '"id", "first_name", "last_name", "email"\n"s1", "Nora", "North", "nora@example.edu"\n',
    "another order": "E-Mail,Surname,First name,Student ID\nnora@example.edu,North,Nora,s1\n",
    "one name": 'Name,SID,Email\n"North, Nora",s1,nora@example.edu\n',
    "one name, the other way round": "Full Name,Username,Email Address\nNora North,s1,nora@example.edu\n",
    "empty lines and cells": "id,first_name,last_name,email,,\n\n,,,,,\ns1,Nora,North,nora@example.edu,,\n;\n".replace(
        ";\n", ""
    ),
    "other columns": "Section,id,first_name,last_name,email\nA,s1,Nora,North,nora@example.edu\n",
    "the same line twice": "id,first_name,last_name,email\n" + 2 * "s1,Nora,North,nora@example.edu\n",
    "blanks that do not break": "id,first_name,last_name,email\ns1\xa0,\xa0Nora,North,nora@example.edu\n",
}
LINES = {
    "id,email\ns1,a\ns2,b\ns1,c\n": "lines 2 and 4 both have the id 's1'",
    "id,email\ns1,a\nS1,b\n": "lines 2 and 3 both have the id 'S1'",
    "id,email\n ,a\ns2,b\n": "line 2 has no id",
    "id,email\n../x,a\n": "line 2: '../x' cannot be an id",
    "id,email\ns1,a\nCON,b\n,c\n": "line 3: 'CON' cannot be an id, .*; line 4 has no id. Nobody was entered",
    "id,email\ns1,a\ns2,b,c\n": "line 3, has 3 cells, and the first line names 2 columns",
    "name,email\nNora,n@x\n": "has no column of ids; it has name, email. Say which it is with --id",
    "Username,SID\na,b\n": "which column has the ids under which submissions come, Username or SID",
    "s1,Nora,North\n": "has no column of ids; it has s1, Nora, North",
    "id,email\n": "names columns and no student",
    "": "is empty",
    "\0\0\0": "is no text in UTF-8",
}


@pytest.fixture
def course(tmp_path):
    """A course in which nothing has been generated yet, and which has no gradebook."""
    (tmp_path / "course").mkdir()
    return Course(tmp_path / "course")


@pytest.fixture
def file(tmp_path):
    def file(content, name="roster.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return file


def students(course):
    with Gradebook(course.db_url) as gradebook:
        return {s.id: (s.first_name, s.last_name, s.email, s.lms_user_id) for s in gradebook.students}


@pytest.mark.parametrize("kind", ROSTERS)
def test_a_roster_as_spreadsheets_write_it(course, file, kind):
    change = import_roster(course, file(ROSTERS[kind]))
    assert list(change.added) == ["s1"] and students(course) == NORA


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_usual_encoding(course, file, encoding):
    change = import_roster(course, file("id,first_name\ns1,Zoë\n".encode(encoding)))
    assert students(course)["s1"][0] == "Zoë"
    assert bool(change.notes) == (encoding == "cp1252")


def test_canvas_has_a_number_of_its_own(course, file):
    text = 'Student,ID,SIS User ID,SIS Login ID,HW (1)\n    Points Possible,,,,10\n"North, Nora",77,u1,nora,\n'
    import_roster(course, file(text))
    assert students(course) == {"nora": ("Nora", "North", None, "77")}


def test_columns_that_are_not_read_are_named(course, file):
    change = import_roster(course, file("Matrikel;Vorname;Section\ns1;Nora;A\n"), id_column="Matrikel")
    assert change.notes[0].startswith("columns that were not read: Vorname, Section; ")


def test_the_column_of_ids_can_be_named(course, file):
    import_roster(course, file("Username,SID,Email\nnora,s1,n@x\n"), id_column="sid")
    assert list(students(course)) == ["s1"]
    with pytest.raises(CourseError, match="has no column 'x'; it has Username, SID, Email"):
        import_roster(course, file("Username,SID,Email\nnora,s1,n@x\n"), id_column="x")


def test_what_is_added_changed_and_unchanged_is_said_by_name_and_nobody_goes(course, file, grading):
    import_roster(
        course, file("id,first_name,last_name,email\ns1,Nora,North,old@x\ns2,Sam,South,s@x\ns9,Old,One,o@x\n")
    )
    new = file("id,first_name,last_name,email\ns1,Nora,,new@x\ns2,Sam,South,s@x\ns3,Eve,East,e@x\n")
    before = students(course)
    for option in (["--dry-run"], []):
        status, out, err = grading("roster", new, *option, "--course", course.root)
        assert (status, err) == (0, "")
        for said in ("s3", "Eve East", "email: 'old@x' -> 'new@x'", "unchanged: s2 (Sam South)", "kept: s9 (Old One)"):
            assert said in out
        assert "students: 1 added, 1 changed, 1 unchanged, 1 kept" in out
        assert ("nothing was written" in out) == (option == ["--dry-run"]) == (students(course) == before)
    assert students(course)["s1"] == ("Nora", "North", "new@x", None), "an empty cell takes nothing away"
    assert students(course).keys() == {"s1", "s2", "s3", "s9"}


def test_what_nbgrader_has_imported_with_blanks_is_mended(course, file):
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_student("s1", first_name=" Nora", last_name=" North", email=" nora@example.edu")
    import_roster(course, file(ROSTERS["blanks"]))
    assert students(course) == NORA


@pytest.mark.parametrize("text", LINES)
def test_what_is_wrong_is_said_with_its_line_and_nobody_is_entered(course, file, text):
    import_roster(course, file("id\nfirst\n"))
    with pytest.raises(CourseError, match=LINES[text]) as told:
        import_roster(course, file(text))
    assert "\n" not in str(told.value) and list(students(course)) == ["first"]


def test_a_dry_run_makes_no_gradebook(course, file, grading):
    assert grading("roster", file(ROSTERS["blanks"]), "--dry-run", "--course", course.root)[0] == 0
    assert [path.name for path in course.root.iterdir()] == []


def test_an_address_of_two_and_ids_that_are_nearly_the_same_are_named(course, file):
    import_roster(course, file("id,email\nS1,a@x\n"))
    change = import_roster(course, file("id,email\ns1,b@x\ns2,B@x\n"))
    assert change.notes == [
        "b@x is the address of s1, s2: nobody is found by it",
        "these ids differ only in case or in blanks: 's1', 'S1'",
    ]


SHEET = """<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>First name</t></is></c></row>
<row r="3"><c r="A3"><v>2.0231234E7</v></c><c r="B3" t="s"><v>1</v></c></row>
<row r="4"><c r="B4" t="s"><v>1</v></c></row></sheetData></worksheet>"""
SHARED = "<sst><si><t>ID</t></si><si><r><t>Zo</t></r><r><t>ë</t></r><rPh><t>zo</t></rPh></si></sst>"
BOOK = '<workbook xmlns:r="urn:r"><sheets><sheet name="A" sheetId="1" r:id="rId7"/></sheets></workbook>'
RELATIONS = '<Relationships><Relationship Id="rId7" Target="worksheets/sheet1.xml"/></Relationships>'


def workbook(path, sheet):
    parts = {
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": RELATIONS,
        "xl/sharedStrings.xml": SHARED,
        "xl/worksheets/sheet1.xml": sheet,
    }
    with zipfile.ZipFile(path, "w") as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return path


def test_an_excel_workbook(course, tmp_path):
    whole = SHEET.replace('<row r="4"><c r="B4" t="s"><v>1</v></c></row>', "")
    import_roster(course, workbook(tmp_path / "roster.xlsx", whole))
    assert students(course) == {"20231234": ("Zoë", None, None, None)}
    with pytest.raises(CourseError, match="line 4 has no id"):
        import_roster(course, workbook(tmp_path / "roster.xlsx", SHEET))


@pytest.mark.parametrize(
    "sheet",
    ["", "<", "<x/>", SHEET.replace("<v>0", "<v>9"), SHEET.replace("A3", "ZZZ3"), SHEET.replace("<v>2.0", "<v>x")],
)
def test_a_workbook_that_is_none_is_one_line(course, tmp_path, sheet):
    with pytest.raises(CourseError) as told:
        import_roster(course, workbook(tmp_path / "roster.xlsx", sheet))
    assert "roster.xlsx" in str(told.value) and "\n" not in str(told.value)


def test_the_command_cuts_no_name_where_no_terminal_shows_it(course, tmp_path):
    (tmp_path / "roster.csv").write_text(f"id,first_name,last_name,email\ns1,{'N' * 90},{'O' * 90},nora@example.edu\n")
    command = [sys.executable, "-m", "grading", "roster", str(tmp_path / "roster.csv"), "--course", str(course.root)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"{'N' * 90} {'O' * 90}" in done.stdout
    assert "students: 1 added, 0 changed, 0 unchanged, 0 kept" in done.stdout
