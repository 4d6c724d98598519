"""Read a zip file from strangers safely: refuse what is unsafe, entry by entry."""

import re
import stat
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from ..course.reader import LARGEST
from ..util.errors import CourseError
from ..util.text import printable
from .zip_names import opened

MOST_ENTRIES = 50_000
LONGEST_NAME = 1000  # characters, folders and all; what tells whose a file is may take the square of it
MOST_IN_ALL = 8 * 2**30  # bytes that are unpacked from one archive, however little they take in it
LARGEST_FILE = LARGEST * 2**20
DEVICES = {"con", "prn", "aux", "nul"} | {f"{port}{digit}" for port in ("com", "lpt") for digit in range(1, 10)}
PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
JUNK = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)")


class Unusable(Exception):
    """An entry of an archive cannot be used; the message says why."""


@dataclass(frozen=True)
class Refused:
    """An entry that was refused, the reason, and the id of the student whose it is, if that is known."""

    entry: str
    reason: str
    student: str = ""


class Archive:
    """A zip file: `entries` are its safe files, `refused` says what is wrong with the others.

    Raises
    ------
    CourseError
        If it is no zip file, or no class could have handed in so much.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.entries: dict[str, zipfile.ZipInfo] = {}
        self.refused: list[Refused] = []
        self.left = MOST_IN_ALL
        if self.path.is_dir():
            raise CourseError(f"{path} is a folder; make a zip file of it again")
        try:
            self.zip, misnamed = opened(self.path)
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise CourseError(f"{path} is no zip file, or a damaged one ({error}); download it again") from None
        except OSError as error:
            raise CourseError(f"{path} cannot be read: {error.strerror or error}") from None
        infos = self.zip.infolist()
        if len(infos) > MOST_ENTRIES:
            raise CourseError(f"{path} holds {len(infos)} entries, more than any class hands in ({MOST_ENTRIES})")
        self._sort_out(infos, misnamed)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_) -> None:
        self.zip.close()

    def _sort_out(self, infos: list[zipfile.ZipInfo], misnamed: set[int]) -> None:
        taken: dict[str, str] = {}
        for info in infos:
            name = name_of(info)
            if not info.filename:  # `is_dir` trips over it
                self.refuse("", "a file without a name")
                continue
            if JUNK.search(name) or (info.is_dir() and is_harmless_folder(name)):
                continue
            try:
                if info.header_offset in misnamed:
                    raise Unusable("a name that is not in the encoding it claims")
                require_safe_entry(info, name)
                if (other := taken.setdefault(name.casefold(), name)) != name:
                    raise Unusable(f"differs from {other} only in case")
                if name in self.entries:
                    raise Unusable("a second entry of the same name")
            except Unusable as error:
                self.refuse(name, error)
            else:
                self.entries[name] = info

    def refuse(self, name: str, reason: Exception | str, student: str = "") -> None:
        self.refused.append(Refused(printable(name).replace("\n", "\ufffd"), str(reason), student))

    def read(self, name: str, largest: int = LARGEST_FILE) -> bytes:
        """Read an entry, however large it claims to be.

        Raises
        ------
        Unusable
            If it is damaged or too large.
        """
        try:
            with self.zip.open(self.entries[name]) as file:
                data = file.read(min(largest, self.left) + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
            raise Unusable("damaged, or packed in a way that cannot be read") from None
        self.left -= len(data)
        if self.left < 0:
            raise Unusable(f"more than {MOST_IN_ALL // 2**30} GiB unpacked from one archive")
        if len(data) > largest:
            raise Unusable(f"larger than {largest // 2**20} MiB")
        return data


def name_of(info: zipfile.ZipInfo) -> str:
    """Return the name of an entry in Unicode form NFC, also where a tool wrote UTF-8 without saying so."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass  # then it is what the format says it is, cp437
    return unicodedata.normalize("NFC", name)


def is_harmless_folder(name: str) -> bool:
    return ".." not in name.split("/") and not name.startswith("/") and name.isprintable()


def require_safe_entry(info: zipfile.ZipInfo, name: str) -> None:
    """Raise Unusable unless an entry is a plain file below the folder that it is unpacked in."""
    mode, parts = info.external_attr >> 16, name.split("/")
    if len(name) > LONGEST_NAME:
        raise Unusable(f"a name of more than {LONGEST_NAME} characters")
    if name.startswith("/") or "\\" in name or re.match(r"[A-Za-z]:", name):
        raise Unusable("an absolute path, or one with backslashes")
    if ".." in parts:
        raise Unusable("a path that leads upward")
    if not name.isprintable():
        raise Unusable("characters in its name that no file name has")
    if any(is_device(part) for part in parts):
        raise Unusable("the name of a device")
    if stat.S_ISLNK(mode):
        raise Unusable("a link, not a file")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise Unusable("not a plain file")
    if info.flag_bits & 1:
        raise Unusable("encrypted")
    if info.compress_type not in PACKINGS:
        raise Unusable("packed in a way that cannot be read")


def is_device(name: str) -> bool:
    """Whether this name means a device on Windows."""
    return name.split(".")[0].strip().casefold() in DEVICES


def is_folder_name(name: str) -> bool:
    """Whether a student's id is a safe folder name on every system, and for nbgrader."""
    return (
        0 < len(name.encode(errors="surrogatepass")) <= 128
        and name.isprintable()
        and not set(name) & set('/\\:*?"<>|[]{}')
        and not name.startswith((".", " "))
        and not name.endswith((".", " "))
        and not is_device(name)
    )
