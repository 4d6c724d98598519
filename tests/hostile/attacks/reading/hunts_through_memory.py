"""Searches its own memory, inherited from the process it was forked from, for what others left there.

shows: searched [1-9][0-9]* objects and [1-9][0-9]* KiB
"""

import gc
import re
import sys

found = set()
objects = gc.get_objects()
for thing in list(objects):
    for inner in [thing, *gc.get_referents(thing)]:
        if isinstance(inner, (str, bytes)) and re.search(*(
            (r"SECRET-[0-9a-f]+", inner) if isinstance(inner, str) else (rb"SECRET-[0-9a-f]+", inner)
        )):  # fmt: skip
            found.add(inner[:200])

# Raw memory around objects: what was freed is still there. Only where the kernel says that a page is mapped.
libc, page, searched = ctypes.CDLL(None), 4096, 0
pages = {id(thing) & -page for thing in objects[::50]}
for start in sorted(pages):
    for address in range(start, start + 4 * page, page):
        if libc.mincore(ctypes.c_void_p(address), ctypes.c_size_t(page), (ctypes.c_ubyte * 1)()) == 0:
            found.update(re.findall(rb"SECRET-[0-9a-f]+|Follows one optimizer", ctypes.string_at(address, page)))
            searched += page
print(f"searched {len(objects)} objects and {searched // 1024} KiB; found {found}")
