"""Sends signals to the grader, to its parent, to groups, and has the kernel send them for it.

shows: refused: SIGTERM to the parent
"""

import fcntl
import signal

attempt("SIGCONT to the grader", lambda: os.kill(target.grader, signal.SIGCONT) or "sent")
attempt("SIGTERM to the parent", lambda: os.kill(os.getppid(), signal.SIGTERM) or "sent")
attempt("0 to its group", lambda: os.killpg(os.getpgrp(), 0) or "sent")
attempt("0 to its group, by kill", lambda: os.kill(0, 0) or "sent")
attempt("F_SETOWN", lambda: fcntl.fcntl(sockets()[0], fcntl.F_SETOWN, target.grader) or "set")
attempt("F_SETSIG", lambda: fcntl.fcntl(sockets()[0], fcntl.F_SETSIG, signal.SIGCONT) or "set")
attempt("F_NOTIFY", lambda: fcntl.fcntl(os.open(".", os.O_RDONLY), fcntl.F_NOTIFY, 0) or "set")
attempt("FIOASYNC", lambda: fcntl.ioctl(sockets()[0], 0x5452, struct.pack("i", 1)) or "set")
attempt("pidfd", lambda: signal.pidfd_send_signal(os.pidfd_open(target.grader), signal.SIGCONT) or "sent")
system_call("rt_sigqueueinfo", 129, target.grader, 18, ctypes.create_string_buffer(128))
system_call("tgkill", 234, target.grader, target.grader, 18)
system_call("timer_create", 222, 0, 0, 0)
