"""Starts threads that have descriptors of their own, in which files without a name stay open that nobody sees.

shows: refused: a thread with its own descriptors
"""

THREAD_BUT_FILES = 0x100 | 0x200 | 0x800 | 0x10000
libc = ctypes.CDLL(None, use_errno=True)
kept = []


def hide():
    """Have a thread hold files of sixty megabytes, and close them here. It sleeps, and never returns to Python."""
    descriptors = []
    for i in range(4):
        descriptors.append(os.open(f"hidden-{i}", os.O_CREAT | os.O_RDWR))
        os.write(descriptors[-1], bytes(15 * 2**20))
        os.remove(f"hidden-{i}")
    stack = (ctypes.c_uint64 * 8192)()
    stack[8000] = ctypes.cast(libc.pause, ctypes.c_void_p).value
    kept.append(stack)
    result = libc.syscall(56, THREAD_BUT_FILES, ctypes.byref(stack, 8 * 8000), 0, 0, 0)
    error = ctypes.get_errno()
    for descriptor in descriptors:
        os.close(descriptor)
    if result < 0:
        raise OSError(error, os.strerror(error))
    return result


if os.uname().machine == "x86_64":
    for _ in range(10):
        attempt("a thread with its own descriptors", hide)
else:
    print("refused: a thread with its own descriptors: its numbers are those of another machine")
