"""Starts other processes by every call there is: fork, vfork, clone3, posix_spawn, execve, subprocess, a shell.

shows: refused: fork
"""

import multiprocessing
import subprocess
import sys


def forked():
    pid = os.fork()
    if not pid:
        __import__("time").sleep(20)
        os._exit(0)
    return pid


def raw(number, *arguments):
    pid = ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)
    if pid == 0:
        ctypes.CDLL(None)._exit(0)
    if pid < 0:
        raise OSError(ctypes.get_errno())
    return pid


SIGCHLD = 17
nothing = (ctypes.c_uint64 * 8)(0, 0, 0, 0, SIGCHLD)
attempt("fork", forked)
attempt("clone", lambda: raw(56, SIGCHLD, 0, 0, 0, 0))
attempt("clone3", lambda: raw(435, nothing, 64))
attempt("vfork", lambda: raw(57))
attempt("posix_spawn", lambda: os.posix_spawn("/bin/sleep", ["sleep", "20"], {}))
attempt("subprocess", lambda: subprocess.Popen(["sleep", "20"]).pid)
attempt("system", lambda: os.system("true") and 1 / 0)
attempt("shell magic", lambda: get_ipython().getoutput("echo")[0:] or 1 / 0)
attempt("popen", lambda: os.popen("true").read())
attempt("forkpty", lambda: __import__("pty").fork())
attempt("multiprocessing", lambda: multiprocessing.get_context("fork").Process(target=print).start())
attempt("execve", lambda: subprocess.run([sys.executable, "-c", "print(1)"], check=True))
