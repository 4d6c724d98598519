"""Attaches to the grader and to the process it was forked from: ptrace, process_vm_readv, pidfd_getfd, kcmp.

shows: refused: ptrace
"""

SEIZE, buffer = 0x4206, ctypes.create_string_buffer(64)
iovec = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 64)
for pid in (os.getppid(), target.grader):
    system_call(f"ptrace {pid}", 101, SEIZE, pid, 0, 0)
    system_call(f"process_vm_readv {pid}", 310, pid, iovec, 1, iovec, 1, 0)
    descriptor = system_call(f"pidfd_open {pid}", 434, pid, 0)
    system_call("pidfd_getfd", 438, descriptor, 0, 0)
    system_call(f"kcmp {pid}", 312, os.getpid(), pid, 0, 0, 0)
    system_call(f"process_madvise {pid}", 440, descriptor, iovec, 1, 4, 0)
