r"""Crashes Python: recursion without a limit, and reading where there is no memory.

score: 12
says: it crashed \(SIGSEGV\)
"""

import sys

sys.setrecursionlimit(10**9)
ctypes.string_at(8)
