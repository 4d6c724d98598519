"""Looks for the secret that cases are drawn from: by its path, beside links to it, in the examiner, in what it was sent.

shows: refused: open
"""

import glob
import pathlib

from grading import examiner

attempt("open", lambda: open(target.secret).read())
attempt("by descriptors", lambda: os.read(os.open(target.secret, os.O_RDONLY), 100))
attempt("relative", lambda: pathlib.Path(os.path.relpath(target.secret)).read_text())
attempt(
    "a folder first",
    lambda: os.open(os.path.basename(target.secret), os.O_RDONLY, dir_fd=os.open(target.course, os.O_PATH)),
)
attempt("a link", lambda: os.link(target.secret, "mine") or open("mine").read())
attempt("a symbolic link", lambda: os.symlink(target.secret, "mine") or open("mine").read())
attempt("renamed", lambda: os.rename(target.secret, "mine") or open("mine").read())
attempt("by its folder", lambda: [open(path).read() for path in glob.glob(f"{target.course}/*.secret")][0])
print(os.environ, vars(examiner), examiner.questions, sep="\n")


def show(*args):
    print(examiner.questions)


get_ipython().events.register("post_run_cell", show)
