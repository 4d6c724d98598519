"""Reads through links, descriptors and other names: /proc/self/root, /proc/self/fd, symlinks, hard links, renames.

shows: refused: symlink
"""

secret = target.secret_files[0]


def linked(make, name):
    make(secret, name)
    return open(name, "rb").read(500)


attempt("symlink", lambda: linked(os.symlink, "a"))
attempt("hard link", lambda: linked(os.link, "b"))
attempt("rename", lambda: linked(os.rename, "c"))
attempt("/proc/self/root", lambda: open(f"/proc/self/root{secret}", "rb").read(500))
attempt("/proc/self/cwd", lambda: os.listdir("/proc/self/cwd/../.."))
attempt("/dev/fd", lambda: os.listdir("/dev/fd"))
attempt("O_PATH", lambda: open(f"/proc/self/fd/{os.open(secret, os.O_PATH)}", "rb").read(500))
attempt("sendfile", lambda: os.sendfile(os.open("x", os.O_CREAT | os.O_RDWR), os.open(secret, os.O_RDONLY), 0, 500))
attempt("mmap", lambda: __import__("mmap").mmap(os.open(secret, os.O_RDWR), 0)[:500])
attempt("%cat", lambda: get_ipython().run_line_magic("sx", f"cat {secret}")[0])
attempt("%load", lambda: get_ipython().find_user_code(secret, py_only=False)[0])
