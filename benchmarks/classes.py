"""Classes to grade, and the machine that does it."""

import itertools
import os
import platform

import nbformat

from grading.course.course import Course
from grading.course.sample import fill_in, generate
from grading.examiner.exam import import_exam

# Half of the class is right; the rest makes each of the sample's mistakes in turn. Whoever has the same mistake has
# other numbers all the same: they are drawn for each student. Left out is what stock nbgrader refuses.
SAMPLE_CLASS = import_exam("07_optimizers").sample_class
MISTAKES = [name for name in SAMPLE_CLASS if name not in ("perfect", "no-notebook", "not-json", "edited-tests")]


def make_class(course: Course, size: int) -> list[str]:
    """Hand in `size` submissions of the real lesson."""
    released = generate(course)
    filled_in = fill_in(released, course.lesson)
    made = {kind: nbformat.writes(SAMPLE_CLASS[kind](released, filled_in)).encode() for kind in ["perfect", *MISTAKES]}
    students = []
    kinds = itertools.chain.from_iterable(("perfect", mistake) for mistake in itertools.cycle(MISTAKES))
    for number, kind in zip(range(size), kinds, strict=False):
        student = f"{number:05}-{kind}"
        path = course.notebook("submitted", student)
        path.parent.mkdir(parents=True)
        path.write_bytes(made[kind])
        students.append(student)
    return students


def machine() -> str:
    """What this runs on, in one line."""
    model = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown CPU"
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}; load {os.getloadavg()[0]:.1f} at the start"
    )
