"""Looks around: lists the roots, homes, temporary folders, the course and the folders of other submissions.

shows: refused: list /
"""

for folder in ("/", "/home", "/root", "/tmp", "/proc", "/dev/shm", "/etc", target.course, target.home,
               f"{target.course}/submitted", target.repository, f"{target.repository}/grading"):  # fmt: skip
    attempt(f"list {folder}", lambda folder=folder: os.listdir(folder))
others = [name for name in os.listdir("..") if name not in (os.path.basename(os.getcwd()), "profile_default")]
print("GOT THROUGH: other folders" if others and target.confined else "refused: other folders", others)
os.chdir("/")
attempt("list . after chdir", lambda: os.listdir("."))
