r"""Asks for a core dump, to read its own inherited memory from it, and crashes.

score: 12
says: it crashed \(SIGABRT\)
"""

import resource

attempt("core limit", lambda: resource.setrlimit(resource.RLIMIT_CORE, (2**20, 2**20)))
os.abort()
