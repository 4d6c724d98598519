r"""Types a command into the instructor's terminal, and writes to it through the inherited descriptors.

shows: refused: /dev/tty
"""

import fcntl

attempt("/dev/tty", lambda: os.open("/dev/tty", os.O_RDWR))
for fd in range(3):
    attempt(f"TIOCSTI {fd}", lambda fd=fd: fcntl.ioctl(fd, 0x5412, b"#"))
    attempt(f"TIOCLINUX {fd}", lambda fd=fd: fcntl.ioctl(fd, 0x541C, b"\x03"))
    if os.path.exists("/dev/null") and not os.path.samestat(os.fstat(fd), os.stat("/dev/null")):
        print("GOT THROUGH: descriptor", fd, os.fstat(fd))
