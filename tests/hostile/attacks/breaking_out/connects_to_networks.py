r"""Connects to listeners on this machine: TCP, UDP, Unix sockets with and without a path, and looks up a name.

shows: refused: tcp
"""

import urllib.request


def connect(family, kind, address):
    with socket.socket(family, kind) as connection:
        connection.settimeout(2)
        connection.connect(address)
        connection.send(b"here I am")
    return address


attempt("tcp", lambda: connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", target.tcp)))
attempt("udp", lambda: connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", target.udp)))
attempt("tcp6", lambda: connect(socket.AF_INET6, socket.SOCK_STREAM, ("::ffff:127.0.0.1", target.tcp)))
attempt("unix", lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, target.unix))
attempt("abstract", lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + target.abstract))
attempt("http", lambda: urllib.request.urlopen(f"http://127.0.0.1:{target.tcp}/", timeout=2).status)
