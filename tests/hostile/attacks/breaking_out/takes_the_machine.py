"""Makes itself more important than others: priorities, schedulers and processors, its own and the grader's.

shows: refused: nice
"""

attempt("nice", lambda: os.nice(-1))
attempt("nicer", lambda: os.nice(1))
attempt("setpriority", lambda: os.setpriority(os.PRIO_PROCESS, target.grader, os.getpriority(os.PRIO_PROCESS, 0)) or 1)
attempt("affinity", lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)) or "set")
attempt("affinity of the grader", lambda: os.sched_setaffinity(target.grader, os.sched_getaffinity(0)) or "set")
attempt("scheduler", lambda: os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)) or "set")
system_call("ioprio_set", 251, 1, target.grader, 99999)
system_call("sched_setattr", 314, 0, 0, 0)
