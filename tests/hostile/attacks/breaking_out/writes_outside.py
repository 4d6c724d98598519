"""Writes, empties, moves, removes and makes files outside its folder: grades, other submissions, Python itself.

shows: refused: the gradebook
"""

import shutil
import sqlite3


def grade():
    with sqlite3.connect(target.gradebook, timeout=2) as book:
        return book.execute("update grade set manual_score = 100").rowcount


attempt("the gradebook", grade)
for path in [*target.victims, np.__file__, f"{target.repository}/grading/examiner/oracle.py"]:
    attempt(f"append to {path}", lambda path=path: open(path, "ab").close() or "opened")
for path in target.victims:
    attempt(f"write to {path}", lambda path=path: open(path, "ab").write(b" "))
    attempt(f"empty {path}", lambda path=path: os.open(path, os.O_RDONLY | os.O_TRUNC))
    attempt(f"truncate {path}", lambda path=path: os.truncate(path, 0) or "truncated")
    attempt(f"move {path}", lambda path=path: os.rename(path, path + ".moved") or "moved")
    attempt(f"replace {path}", lambda path=path: shutil.move(open("mine", "w").name, path))
    attempt(f"remove {path}", lambda path=path: os.remove(path + ".moved") or "removed")
for folder in ("/tmp", "/dev/shm", "/var/tmp", "..", target.home, target.temporary, f"{target.course}/submitted"):
    name = f"{folder}/left-by-an-attack-{os.getpid()}"
    attempt(f"make a file in {folder}", lambda name=name: open(name, "w").name)
    attempt(f"make a folder in {folder}", lambda name=name: os.mkdir(name + ".d") or "made")
    for left in (name, name + ".d"):
        if os.path.exists(left):
            shutil.rmtree(left) if os.path.isdir(left) else os.remove(left)
