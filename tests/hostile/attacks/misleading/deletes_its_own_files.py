"""Deletes all files it was given, its folder's contents, and moves to a folder that it then removes.

shows: left 0 files
"""

import shutil

for name in os.listdir("."):
    shutil.rmtree(name) if os.path.isdir(name) else os.remove(name)
print("left", len(os.listdir(".")), "files")
os.mkdir("gone")
os.chdir("gone")
os.rmdir("../gone")
