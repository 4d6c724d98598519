"""Makes links, pipes and devices that lead out of its folder, for the grader to walk into when it cleans up.

shows: refused: symlink
"""

attempt("symlink", lambda: os.symlink(target.home, "way-out") or "made")
attempt("hard link", lambda: os.link(target.victims[0], "victim") or "made")
attempt("hard link of its own", lambda: os.link(open("own", "w").name, "own2") or "made")
attempt("fifo", lambda: os.mkfifo("pipe") or "made")
attempt("device", lambda: os.mknod("zero", 0o20666, os.makedev(1, 5)) or "made")
attempt("rename its folder", lambda: os.rename(os.getcwd(), target.home + "/moved-in") or "made")
attempt("remove its folder", lambda: os.rmdir(os.getcwd()) or "removed")
