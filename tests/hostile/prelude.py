# What every attack begins with. It is assumed to know where everything is, and says of each thing it tries how it went.
import ctypes
import errno
import json
import os
import socket
import stat
import struct
from types import SimpleNamespace

target = SimpleNamespace(**json.loads(TARGET))


def attempt(what, action):
    """Try something that must not work."""
    try:
        result = action()
    except BaseException as error:
        print(f"refused: {what}: {type(error).__name__}: {error}"[:300])
        return None
    print(f"GOT THROUGH: {what}: {result!r}"[:1000])
    return result


def system_call(what, number, *arguments):
    """Try a system call that must be refused unseen; another error means that the kernel looked at its arguments."""
    if os.uname().machine != "x86_64":
        print(f"refused: {what}: not tried, because its number is that of another machine")
        return -1
    libc = ctypes.CDLL(None, use_errno=True)
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    error = ctypes.get_errno()
    refused = result == -1 and error in (errno.EPERM, errno.EACCES, errno.ENOSYS)
    print(f"{'refused' if refused else 'GOT THROUGH'}: {what}: {result} {errno.errorcode.get(error, '')}")
    return result


def sockets():
    """The descriptors that are sockets: first the one to whoever sends the cells, then those that wake the loop."""
    found = []
    for fd in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                found.append(fd)
        except OSError:
            continue
    return sorted(found, key=os.get_blocking, reverse=True)


def send(fd, message):
    """Send a message as the sandbox frames it: an object, or bytes as they are."""
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    return os.write(fd, struct.pack("!I", len(data)) + data)
