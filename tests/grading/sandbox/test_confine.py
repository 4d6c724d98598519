"""The filter of system calls, as far as it can be looked at without being under it: that is for the attacks."""

import fcntl
import termios

import pyseccomp as seccomp
import pytest

from grading.sandbox.confine import ALLOWED, FCNTL, IOCTL, THREAD

# 64-bit ARM never had these calls. What its C library makes instead:
INSTEAD = {
    "dup2": "dup3", "pipe": "pipe2", "stat": "newfstatat", "lstat": "newfstatat", "access": "faccessat",
    "readlink": "readlinkat", "mkdir": "mkdirat", "rmdir": "unlinkat", "unlink": "unlinkat", "rename": "renameat",
    "pause": "ppoll", "alarm": "setitimer", "time": "clock_gettime", "getpgrp": "getpgid", "poll": "ppoll",
    "select": "pselect6", "epoll_create": "epoll_create1", "epoll_wait": "epoll_pwait",
    "arch_prctl": None,  # where a thread's own data are, is in a register there
}  # fmt: skip


def knows(architecture, name):
    return seccomp.resolve_syscall(architecture, name) >= 0


def test_on_x86_64_every_name_is_a_system_call():
    assert [name for name in ALLOWED if not knows(seccomp.Arch.X86_64, name)] == []
    assert len(set(ALLOWED)) == len(ALLOWED)


def test_on_aarch64_nothing_is_missing_but_what_has_another_name_there():
    assert {name for name in ALLOWED if not knows(seccomp.Arch.AARCH64, name)} == set(INSTEAD)
    for name in filter(None, INSTEAD.values()):
        assert name in ALLOWED and knows(seccomp.Arch.AARCH64, name)


@pytest.mark.parametrize(
    "name", ["execve", "execveat", "fork", "vfork", "socket", "connect", "bind", "ptrace", "process_vm_readv", "mount",
             "unshare", "setns", "bpf", "io_uring_setup", "symlinkat", "linkat", "mknodat", "fchmodat", "truncate",
             "setrlimit", "prctl", "clone", "clone3", "kill", "openat", "sendmsg", "recvmsg", "memfd_create"],
)  # fmt: skip
def test_what_is_dangerous_is_not_allowed_whatever_its_arguments(name):
    assert name not in ALLOWED


def test_the_numbers_in_the_filter_are_those_of_the_system():
    commands = ("F_DUPFD", "F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL", "F_GETLK", "F_SETLK", "F_SETLKW",
                "F_OFD_GETLK", "F_OFD_SETLK", "F_OFD_SETLKW", "F_DUPFD_CLOEXEC")  # fmt: skip
    assert FCNTL == tuple(getattr(fcntl, name) for name in commands)
    requests = ("TCGETS", "TIOCGWINSZ", "FIONREAD", "FIONBIO", "FIONCLEX", "FIOCLEX")
    assert IOCTL == tuple(getattr(termios, name) for name in requests)
    assert THREAD == 0x00010F00  # <linux/sched.h>; the same for all architectures
