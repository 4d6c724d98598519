"""Opens everything worth stealing: the oracle, gradebook, lesson, other submissions, keys, the environment and memory.

shows: refused: .*gradebook
"""

for name in [*target.secret_files, "/etc/passwd", "/proc/self/environ", "/proc/self/mem", "/proc/self/maps",
             f"/proc/{os.getppid()}/environ", f"/proc/{os.getppid()}/mem", f"/proc/{os.getppid()}/maps",
             f"/proc/{target.grader}/environ", f"/proc/{target.grader}/mem", f"/proc/{target.grader}/cmdline",
             f"{target.repository}/grading/examiner/oracle.py", f"{target.repository}/grading/examiner/checks.py",
             f"{target.repository}/tests/hostile/prelude.py"]:  # fmt: skip
    attempt(name, lambda name=name: open(name, "rb").read(2000))
