"""Asks for its rights back: limits, capabilities, user, another filter, another ruleset, no death with its parent.

shows: refused: limit
"""

import resource

for name in ("CORE", "AS", "FSIZE", "NOFILE", "CPU", "MEMLOCK"):
    limit = getattr(resource, f"RLIMIT_{name}")
    attempt(f"limit {name}", lambda limit=limit: resource.setrlimit(limit, (2**40, 2**40)) or "raised")
attempt("limits of the grader", lambda: resource.prlimit(target.grader, resource.RLIMIT_CORE))
attempt("setuid", lambda: os.setresuid(0, 0, 0) or "root")
attempt("setgroups", lambda: os.setgroups([0]) or "root")
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAP_AMBIENT, PR_SET_PTRACER = 1, 4, 22, 47, 0x59616D61
for name, option in (("pdeathsig", PR_SET_PDEATHSIG), ("dumpable", PR_SET_DUMPABLE), ("seccomp", PR_SET_SECCOMP),
                     ("ambient", PR_CAP_AMBIENT), ("ptracer", PR_SET_PTRACER)):  # fmt: skip
    system_call(f"prctl {name}", 157, option, 99, 99, 99, 99)
system_call("seccomp", 317, 99, 0, 0)
system_call("landlock_create_ruleset", 444, 0, 0, 99)
system_call("landlock_restrict_self", 446, -1, 0)
system_call("capset", 126, 0, 0)
