"""Confine this process for good, by Landlock, seccomp and resource limits.

Both bind the calling thread and what it starts, so this is done before a second thread exists. Nothing here needs root.
"""

import ctypes
import errno
import os
import resource
import signal
from collections.abc import Iterable
from pathlib import Path

import landlockpy
import pyseccomp as seccomp
from landlockpy import AccessFS

from .limits import Limits

READ_FILE, READ = AccessFS.READ_FILE, AccessFS.READ_FILE | AccessFS.READ_DIR
WRITE = READ | (
    AccessFS.WRITE_FILE
    | AccessFS.TRUNCATE
    | AccessFS.MAKE_REG
    | AccessFS.MAKE_DIR
    | AccessFS.REMOVE_FILE
    | AccessFS.REMOVE_DIR
    | AccessFS.REFER
)  # and not: links, sockets, pipes with names, devices

# SIGKILL and SIGTERM end processes where memory runs out or a machine shuts down. A submission may not send them to
# itself, so that one that they have ended was ended from outside (`ending.FROM_OUTSIDE`). The bits of 9 and 15:
NEITHER_KILL_NOR_TERM = ((1, 0), (8, 0), (16, 16), (32, 32), (64, 64), (6, 2), (6, 4))  # each a mask and its value

PR_SET_NAME, PR_GET_NAME = 15, 16
# Of a new thread: it shares memory, folder, files and signal handlers with its process, so that looking at that is
# looking at it. So the C library makes them: CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND, CLONE_THREAD.
THREAD = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000

# What a program needs that computes, plots, and reads and writes files. Whatever is not named here is refused: other
# processes, sockets, links, the owners, modes and times of files (which Landlock leaves alone), and all that comes to
# the kernel in later years.
ALLOWED = """
    read write pread64 pwrite64 readv writev preadv pwritev lseek sendfile copy_file_range
    close close_range dup dup2 dup3 pipe pipe2 eventfd2
    stat fstat lstat newfstatat statx access faccessat faccessat2 statfs fstatfs readlink readlinkat
    getdents64 getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 umask
    ftruncate flock fsync fdatasync fadvise64 readahead
    mmap munmap mprotect mremap madvise mincore msync brk membarrier
    futex futex_waitv set_robust_list get_robust_list set_tid_address rseq sched_yield sched_getaffinity
    sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min getpriority getcpu
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack pause
    restart_syscall alarm setitimer getitimer nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time
    times getrusage getrlimit uname getrandom
    getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getpgid getsid
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
    recvfrom shutdown getsockname getpeername getsockopt setsockopt
    wait4 waitid exit exit_group arch_prctl
""".split()

FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030)  # duplicate, flags, locks; not: whom to send signals to
IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # what a terminal is, bytes waiting, blocking, close on exec


def ruleset(readable: Iterable[Path], writable: Path) -> landlockpy.Ruleset:
    """Make the Landlock rules: what may be read, and the folder below which children write."""
    rules = landlockpy.Ruleset(scoped=landlockpy.Scope.SIGNAL | landlockpy.Scope.ABSTRACT_UNIX_SOCKET)
    for path in readable:
        rules.allow_path(path, READ if path.is_dir() else READ_FILE)
    rules.allow_path("/dev/null", READ_FILE | AccessFS.WRITE_FILE)
    rules.allow_path(writable, WRITE)
    return rules


def only_in(scratch: str) -> landlockpy.Ruleset:
    """Make the Landlock rules for writing: in this child's own folder only."""
    rules = landlockpy.Ruleset(handled_fs=~(READ | AccessFS.EXECUTE))
    rules.allow_path("/dev/null", AccessFS.WRITE_FILE)
    rules.allow_path(scratch, WRITE & ~READ)
    return rules


def confine(rules: landlockpy.Ruleset, limits: Limits, scratch: str) -> None:
    """Give up, for good, everything that running a submission does not need.

    Parameters
    ----------
    rules : landlockpy.Ruleset
        As `ruleset` made them.
    limits : Limits
    scratch : str
        The folder that is left to write in.

    Raises
    ------
    OSError
        If the kernel refuses; then nothing may be run.
    """
    set_limits(limits)
    drop_capabilities()
    for layer in (rules, only_in(scratch)):
        layer.restrict(no_new_privs=True)
        layer.close()
    system_calls().load()


def set_limits(limits: Limits) -> None:
    """Set the limits that the kernel counts for this process."""
    for what, most in (
        (resource.RLIMIT_AS, address_space() + limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        resource.setrlimit(what, (most, most))
    # The hard limit cannot be caught. It is one second later, so that the soft one, which says why, comes first.
    cpu = round(limits.cpu_seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file that grows too large is an OSError, not the end


def address_space() -> int:
    """Return the bytes of address space in use; most of it is shared with the zygote."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def drop_capabilities() -> None:
    """Give up root's capabilities; as nothing can be executed afterwards, they cannot come back."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this process
    nothing = (ctypes.c_uint32 * 6)()
    if libc.capset(header, nothing):
        raise OSError(ctypes.get_errno(), "the capabilities could not be dropped")


def system_calls() -> seccomp.SyscallFilter:
    """Make the seccomp filter: ALLOWED, some calls with some arguments; all else is "not permitted"."""

    def equal(argument: int, value: int) -> seccomp.Arg:
        return seccomp.Arg(argument, seccomp.EQ, value)

    def without(argument: int, bits: int, value: int = 0) -> seccomp.Arg:
        return seccomp.Arg(argument, seccomp.MASKED_EQ, bits, value)

    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    rules.set_attr(seccomp.Attr.CTL_OPTIMIZE, 2)  # a tree: it is asked at every system call
    known = (name for name in ALLOWED if seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) >= 0)
    for name in known:  # some have only one of stat and newfstatat
        rules.add_rule(seccomp.ALLOW, name)

    # Opening for reading must not empty a file, which old Landlocks do not prevent.
    truncating = os.O_TRUNC | os.O_ACCMODE
    for name, flags in (("open", 1), ("openat", 2)):
        if seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) < 0:
            continue
        rules.add_rule(seccomp.ALLOW, name, without(flags, os.O_TRUNC))
        for mode in (os.O_WRONLY, os.O_RDWR):
            rules.add_rule(seccomp.ALLOW, name, without(flags, truncating, os.O_TRUNC | mode))
    # A thread is no new process. Where there is no clone3, the C library uses clone, whose flags can be looked at.
    rules.add_rule(seccomp.ALLOW, "clone", without(0, THREAD, THREAD))
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    for name, number in (("kill", 1), ("tgkill", 2), ("tkill", 1)):
        for bits, value in NEITHER_KILL_NOR_TERM:
            rules.add_rule(seccomp.ALLOW, name, equal(0, os.getpid()), without(number, bits, value))
    for name, argument, values in (
        ("fcntl", 1, FCNTL),
        ("ioctl", 1, IOCTL),
        ("prctl", 0, (PR_SET_NAME, PR_GET_NAME)),
        ("socketpair", 0, (1,)),  # AF_UNIX, which asyncio's loop needs: a pair is connected to itself only
        ("sendto", 4, (0,)),  # to whom it is connected, and nobody by address
    ):
        for value in values:
            rules.add_rule(seccomp.ALLOW, name, equal(argument, value))
    rules.add_rule(seccomp.ALLOW, "prlimit64", equal(0, 0), equal(2, 0))  # to look at its own limits
    return rules
