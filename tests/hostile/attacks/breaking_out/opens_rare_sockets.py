"""Opens a socket of every family there is, connects socket pairs anew, and sends from them by address.

shows: refused: family 16
"""

for family in range(1, 46):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            opened = socket.socket(family, kind, 0)
        except PermissionError:
            continue
        except OSError as error:
            if error.errno in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT, errno.EINVAL):
                continue  # the kernel has no such thing
            print("GOT THROUGH: family", family, error)
        else:
            print("GOT THROUGH: family", family, kind, opened)
            opened.close()
        break
    else:
        print("refused: family", family)

pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
attempt("connect a pair", lambda: pair[0].connect(target.unix_datagram))
attempt("sendto", lambda: pair[0].sendto(b"here I am", target.unix_datagram))
attempt("sendmsg", lambda: pair[0].sendmsg([b"here I am"], [], 0, target.unix_datagram))
attempt("bind", lambda: pair[0].bind("mine"))
