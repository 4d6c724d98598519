"""Changes what Landlock leaves alone: modes, owners, times and attributes of files, readable ones among them.

shows: refused: chmod
"""

attempt_on = [target.victims[0], np.__file__]
for path in attempt_on:
    mode = 0o644 if path == np.__file__ else 0o777
    attempt(f"chmod {path}", lambda path=path, mode=mode: os.chmod(path, mode) or "changed")
    attempt(f"chown {path}", lambda path=path: os.chown(path, os.getuid(), os.getgid()) or "changed")
    attempt(f"setxattr {path}", lambda path=path: os.setxattr(path, "user.attack", b"1") or "changed")
    attempt(f"removexattr {path}", lambda path=path: os.removexattr(path, "user.attack") or "changed")
attempt("utime", lambda: os.utime(target.victims[0], (1, 1)) or "changed")
descriptor = os.open(np.__file__, os.O_RDONLY)
attempt("fchmod", lambda: os.fchmod(descriptor, 0o644) or "changed")
attempt("utime by descriptor", lambda: os.utime(descriptor, ns=(os.fstat(descriptor).st_atime_ns,
                                                               os.fstat(descriptor).st_mtime_ns)) or "changed")  # fmt: skip
system_call("fchmodat2", 452, -100, b"no such file", 0, 0)
