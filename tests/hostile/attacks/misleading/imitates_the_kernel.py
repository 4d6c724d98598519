"""Ends itself by SIGKILL and SIGTERM, as the kernel ends a process for want of memory, so that nobody can judge it.

shows: refused: SIGKILL to itself
"""

import signal
import threading

for number in (signal.SIGTERM, signal.SIGKILL):
    attempt(f"{number.name} to itself", lambda: os.kill(os.getpid(), number) or "sent")
    attempt(f"{number.name}, raised", lambda: signal.raise_signal(number) or "sent")
    attempt(f"{number.name} to a thread", lambda: signal.pthread_kill(threading.get_ident(), number) or "sent")
    system_call(f"{number.name}, with more bits", 62, os.getpid(), number | 1 << 32)
    system_call(f"{number.name} by tkill", 200, os.getpid(), int(number))
    system_call(f"{number.name} by rt_sigqueueinfo", 129, os.getpid(), int(number), ctypes.create_string_buffer(128))
