r"""Makes system calls by their x32 numbers, which a filter that only compares numbers does not know.

score: 12
says: it crashed \(SIGSYS\)
"""

X32 = 0x40000000
if ctypes.CDLL(None).syscall(X32 + 39) > 0:
    print("GOT THROUGH: getpid")
print("x32 getpid was answered, and the process is still there")
