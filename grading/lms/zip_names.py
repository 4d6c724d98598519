"""Open zip files in which a name wrongly claims to be UTF-8; `zipfile` refuses them whole."""

import shutil
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import BinaryIO

# The parts of the format that are needed here: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
END, END_SIGNATURE = struct.Struct("<4s8xII2x"), b"PK\x05\x06"
ENTRY, ENTRY_SIGNATURE = struct.Struct("<4s4xH18xHHH8xI"), b"PK\x01\x02"
LONGEST_COMMENT = 2**16
FLAGS_AT, UTF_8 = 8, 0x800


def opened(path: Path) -> tuple[zipfile.ZipFile, set[int]]:
    """Open a zip file, and return the header offsets of entries whose names are not what they claim.

    Raises
    ------
    zipfile.BadZipFile
        If it is damaged.
    """
    try:
        return zipfile.ZipFile(path), set()
    except UnicodeDecodeError:
        copy, misnamed = without_wrong_flags(path)
        return zipfile.ZipFile(copy), misnamed


def without_wrong_flags(path: Path) -> tuple[BinaryIO, set[int]]:
    """Copy a zip file without the wrong UTF-8 flags.

    Parameters
    ----------
    path : Path

    Returns
    -------
    copy : file
    changed : set of int
        The entries that were changed, by the place of their headers (``ZipInfo.header_offset``).

    Raises
    ------
    zipfile.BadZipFile
        If it is damaged, or so large that it has another directory (Zip64).
    """
    copy, changed = tempfile.TemporaryFile(), set()  # it is gone with the last reference
    with open(path, "rb") as original:
        shutil.copyfileobj(original, copy)
    size = copy.tell()
    copy.seek(max(size - LONGEST_COMMENT - END.size, 0))
    tail = copy.read()
    end = tail.rfind(END_SIGNATURE)
    try:
        _, directory_size, stated = END.unpack_from(tail, end)
        start = size - len(tail) + end - directory_size
        copy.seek(start)
        directory, at = copy.read(directory_size), 0
        while at < directory_size:
            signature, flags, name, extra, comment, header = ENTRY.unpack_from(directory, at)
            if signature != ENTRY_SIGNATURE:
                raise zipfile.BadZipFile("its directory is damaged")
            if flags & UTF_8 and not is_utf_8(directory[at + ENTRY.size :][:name]):
                changed.add(header + start - stated)
                copy.seek(start + at + FLAGS_AT)
                copy.write(struct.pack("<H", flags & ~UTF_8))
            at += ENTRY.size + name + extra + comment
    except (struct.error, ValueError):
        raise zipfile.BadZipFile("its directory is damaged") from None
    return copy, changed


def is_utf_8(name: bytes) -> bool:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
