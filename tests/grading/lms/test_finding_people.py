"""Students are found by address and name, however a roster or a platform writes these."""

import pytest

from grading.lms.collect import collect

NOTEBOOK = "{}"


def enter(course, *students):
    with course.gradebook() as gradebook:
        for student, first, last, email in students:
            gradebook.update_or_create_student(student, first_name=first, last_name=last, email=email)


def students(course):
    with course.gradebook() as gradebook:
        return sorted(student.id for student in gradebook.students)


def test_by_an_address_with_blanks_as_nbgrader_imports_them(course, pack):
    enter(course, ("s1", " Nora", " North", " nora@example.edu"), ("s2", " Sam", " South", " sam@example.edu "))
    metadata = """
submission_1:
  :submitters:
  - :name: Nora N.
    :email: nora@example.edu
  :created_at: 2026-11-01 10:00:00 +00:00
submission_2:
  :submitters:
  - :name: Sam S.
    :sid: 77
    :email: Sam@Example.edu
  :created_at: 2026-11-01 10:00:00 +00:00
"""
    notebooks = {f"submission_{number}/07_optimizers.ipynb": NOTEBOOK for number in (1, 2)}
    result = collect(course, pack({"submission_metadata.yml": metadata, **notebooks}))
    assert sorted(result.outcomes()) == students(course) == ["s1", "s2"]
    assert [remark for *_, remark in result.students] == ["", ""]


def test_an_address_of_two_students_is_nobodys(course, pack):
    enter(course, ("s1", "Nora", "North", "home@example.edu"), ("s2", "Sam", "North", "HOME@example.edu"))
    metadata = 'submission_1:\n  ":submitters": [{":name": Eve, ":email": home@example.edu}]\n'
    result = collect(course, pack({"submission_metadata.yml": metadata, "submission_1/07_optimizers.ipynb": NOTEBOOK}))
    assert list(result.outcomes()) == ["home@example.edu"]


@pytest.mark.parametrize("name", ["Zoë Åberg", "Zoe\u0308 A\u030aberg", "ZOË  ÅBERG", "Ｚoë Åberg"])
def test_by_name_in_any_normal_form_and_case(course, pack, name):
    enter(course, ("s1", " Zoë", "Åberg ", ""))
    result = collect(course, pack({f"{name}_5_assignsubmission_file_/07_optimizers.ipynb": NOTEBOOK}))
    assert list(result.outcomes()) == ["s1"]


def moodle(*names):
    return {
        f"{name}_{2000001 + number}_assignsubmission_file_/07_optimizers.ipynb": NOTEBOOK
        for number, name in enumerate(names)
    }


CLASS = [("s100", "Nora", "North", ""), ("s101", "Sam", "South", ""), ("s102", "Eve", "East", "")]
LENAS = [("s103", "Lena", "Doe", ""), ("s104", "Anna-Lena", "Doe", "")]


def test_moodles_groups_reach_each_member(course, pack):
    enter(course, *CLASS)
    result = collect(course, pack(moodle("Team 1-Nora North", "Team 1-Sam South", "Default group-Eve East")))
    assert sorted(result.outcomes()) == students(course) == ["s100", "s101", "s102"]
    assert {remark for *_, remark in result.students} == {"found by name"}


def test_a_group_and_a_student_with_hyphens(course, pack):
    enter(course, *CLASS, LENAS[1])
    result = collect(course, pack(moodle("Lab-3 blue-Nora North", "Lab-3-Anna-Lena Doe")))
    assert sorted(result.outcomes()) == ["s100", "s104"]


@pytest.mark.parametrize("name", ["Anna-Lena Doe", "Team 1-Anna-Lena Doe", "Team 1-Nobody Here", "Nora North-Sam"])
def test_who_could_be_two_people_or_is_nobody_is_not_found(course, pack, name):
    enter(course, *CLASS, *LENAS)
    result = collect(course, pack(moodle(name)))
    ((student, _, _, remark),) = result.students
    could_be = ", could be s103 or s104: give one this lms_user_id" if "Lena" in name else ""
    assert (student, remark) == ("2000001", f"not in the gradebook yet{could_be}")


def test_moodles_worksheet_tells_them_apart(course, pack, tmp_path):
    enter(course, *CLASS, ("s103", "Lena", "Doe", "ld@x.de"), ("s104", "Anna-Lena", "Doe", "ald@x.de"))
    sheet = tmp_path / "worksheet.csv"
    rows = 'Participant 2000001,Anna-Lena Doe,ALD@x.de,"Friday, 2 October 2026, 11:59 PM"\n'
    sheet.write_text(f"Identifier,Full name,Email address,Last modified (submission)\n{rows}")
    archive = pack(moodle("Team 1-Anna-Lena Doe"))
    result = collect(course, archive, times=[sheet], zone="UTC")
    assert [(s, remark) for s, *_, remark in result.students] == [("s104", "")]


def test_without_groups_a_hyphen_is_part_of_the_name(course, pack):
    enter(course, *CLASS, *LENAS)
    result = collect(course, pack(moodle("Anna-Lena Doe", "Nora North", "Sam-Sam South")))
    assert sorted(result.outcomes()) == ["2000003", "s100", "s104"]
