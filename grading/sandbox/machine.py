"""Check whether this machine can confine submissions."""

import os
import platform
import sys

ARCHITECTURES = ("x86_64", "aarch64")  # there clone() takes its flags first, which the filter looks at


class CannotConfine(Exception):
    """This machine cannot confine submissions; the message says what it lacks."""


def check_machine() -> None:
    """Raise CannotConfine if something is missing; that it works is for a child to find out."""
    if sys.platform != "linux":
        raise CannotConfine(f"it takes Linux, and this is {platform.system()}")
    if platform.machine() not in ARCHITECTURES:
        raise CannotConfine(f"it takes {' or '.join(ARCHITECTURES)}, and this machine is {platform.machine()}")
    if not os.path.exists("/proc/sys/kernel/seccomp/actions_avail"):
        raise CannotConfine(f"the kernel, {platform.release()}, has no seccomp filters")
    try:
        import landlockpy
        import pyseccomp  # noqa: F401 - looks for libseccomp, a library of the system's
    except ImportError as error:
        raise CannotConfine(f"the package {error.name} is not installed") from None
    except RuntimeError:
        raise CannotConfine("libseccomp is not installed; on Debian and Ubuntu: apt install libseccomp2") from None
    if not landlockpy.abi_version():
        raise CannotConfine(f"the kernel, {platform.release()}, has no Landlock, or it was booted without it")
