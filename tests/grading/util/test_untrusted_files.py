"""Reading what strangers hand in: nothing is followed, nothing waits, and all is measured before any of it is read."""

import os
import socket
import stat
import tempfile
import tracemalloc
import unicodedata
from pathlib import Path

import pytest

from grading.sandbox.folders import remove
from grading.util import untrusted_files
from grading.util.untrusted_files import (
    DEEPEST,
    Bounds,
    Missing,
    TooMuch,
    Unacceptable,
    UntrustedFolder,
    ignoring,
)

SECRET = b"only the instructor may read this"


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def theirs(tmp_path):
    """A folder by a stranger."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "work.txt").write_bytes(b"work")
    return folder


def contents(folder, *arguments, **options):
    with UntrustedFolder(folder) as opened:
        return opened.measure(*arguments, **options)


def read(folder, path, most=1000):
    with UntrustedFolder(folder) as opened:
        return opened.read(path, most)


def make_socket(path, secret):
    here = os.getcwd()
    os.chdir(path.parent)  # the name of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


ODD = {
    "a link": lambda path, secret: path.symlink_to(secret),
    "a pipe": lambda path, secret: os.mkfifo(path),
    "a socket": make_socket,
    "a device": lambda path, secret: os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5)),
    "a folder": lambda path, secret: path.mkdir(),
    "a hard link: the file has another name elsewhere": lambda path, secret: path.hardlink_to(secret),
}


@pytest.fixture(params=ODD)
def odd(request, theirs, secret, lacks):
    """What is wrong with a file called ``odd``."""
    try:
        ODD[request.param](theirs / "odd", secret)
    except PermissionError as error:
        lacks(f"no device can be made here: {error}")
    return request.param


def test_only_plain_files_are_read(theirs, odd):
    with pytest.raises(Unacceptable, match=f"^odd is {odd}"):
        read(theirs, "odd")


def test_what_is_odd_is_left_out_and_named(theirs, odd):
    found = contents(theirs)
    assert list(found.files) == ["work.txt"]
    if odd != "a folder":
        assert found.odd == {"odd": odd} and found.left_out == f"odd ({odd})"


def test_a_link_that_leads_nowhere_is_no_more_than_one_that_does(theirs):
    (theirs / "odd").symlink_to("/nowhere/at/all")
    assert contents(theirs).odd == {"odd": "a link"}
    with pytest.raises(Unacceptable, match="odd is a link, not a file"):
        read(theirs, "odd")


def test_folders_that_are_links_are_not_entered(tmp_path, theirs, secret):
    (theirs / "deeper").symlink_to(tmp_path)
    assert contents(theirs).odd == {"deeper": "a link"}
    with pytest.raises(Unacceptable, match="deeper is a link, not a folder"):
        read(theirs, "deeper/secret")


def test_on_the_way_to_the_folder_only_our_own_part_may_be_a_link(tmp_path, theirs):
    (tmp_path / "ours").symlink_to(tmp_path)
    with UntrustedFolder(tmp_path / "ours", "theirs") as folder:
        assert folder.read("work.txt", 10) == b"work"
    for names in (("ours", "theirs"), ("ours",)):
        with pytest.raises(Unacceptable, match="ours is a link, not a folder"):
            UntrustedFolder(tmp_path, *names)
    with pytest.raises(Unacceptable, match="work.txt is a file, not a folder"):
        UntrustedFolder(theirs, "work.txt")
    with pytest.raises(Missing):
        UntrustedFolder(theirs, "nobody")


def test_two_names_in_the_same_folder_are_the_strangers_own_doing(theirs):
    (theirs / "again.txt").hardlink_to(theirs / "work.txt")
    with UntrustedFolder(theirs) as folder:
        assert folder.read_all(folder.measure()) == {"again.txt": b"work", "work.txt": b"work"}


def test_files_with_other_names_are_read_where_that_is_allowed(theirs, secret):
    (theirs / "odd").hardlink_to(secret)
    with UntrustedFolder(theirs) as folder:
        assert folder.read_all(folder.measure(hard_links=True))["odd"] == SECRET
        assert folder.read("odd", 1000, hard_links=True) == SECRET


def test_files_of_another_owner(theirs, lacks):
    if os.getuid() != 0:
        lacks("only root can give files away")
    os.chown(theirs / "work.txt", 12345, 12345)
    assert contents(theirs).odd == {}
    assert contents(theirs, one_owner=True).odd == {"work.txt": "it belongs to somebody else"}


def test_a_link_that_is_put_in_place_of_a_measured_file_is_not_followed(theirs, secret):
    with UntrustedFolder(theirs) as folder:
        found = folder.measure()
        (theirs / "work.txt").unlink()
        (theirs / "work.txt").symlink_to(secret)
        with pytest.raises(Unacceptable, match="is a link"):
            folder.read_all(found)


def test_a_hard_link_that_is_put_in_place_of_a_measured_file_is_not_read(theirs, secret):
    with UntrustedFolder(theirs) as folder:
        found = folder.measure()
        (theirs / "work.txt").unlink()
        (theirs / "work.txt").hardlink_to(secret)
        with pytest.raises(Unacceptable, match="has changed while it was read"):
            folder.read_all(found)


def test_a_link_that_is_put_in_place_between_looking_and_opening_is_not_followed(theirs, secret, monkeypatch):
    look = untrusted_files.check_is_file

    def look_and_replace(info, name):
        look(info, name)
        (theirs / name).unlink()
        (theirs / name).symlink_to(secret)

    monkeypatch.setattr(untrusted_files, "check_is_file", look_and_replace)
    with pytest.raises(Unacceptable, match="work.txt cannot be read"):
        read(theirs, "work.txt")


def test_a_folder_put_in_place_of_the_one_that_is_open_is_not_read(tmp_path, theirs):
    with UntrustedFolder(tmp_path, "theirs") as folder:
        theirs.rename(tmp_path / "moved")
        theirs.symlink_to("/etc")
        assert folder.read("work.txt", 10) == b"work" and list(folder.measure().files) == ["work.txt"]


def test_a_file_that_grows_is_not_read_to_its_end(theirs):
    with UntrustedFolder(theirs) as folder:
        found = folder.measure()
        (theirs / "work.txt").write_bytes(b"more than was measured")
        with pytest.raises(TooMuch, match="larger than 4 bytes"):
            folder.read_all(found)


def test_a_sparse_file_takes_neither_memory_nor_disk(theirs, tmp_path):
    with open(theirs / "large", "wb") as file:
        file.truncate(50 * 2**30)
    tracemalloc.start()
    try:
        with pytest.raises(TooMuch, match="large is larger than 1 MiB"):
            read(theirs, "large", 2**20)
        with pytest.raises(TooMuch, match="more than 64 MiB in all"):
            contents(theirs, Bounds(size=64 * 2**20))
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_many_files_are_not_even_all_listed(theirs, monkeypatch):
    for number in range(100):
        (theirs / f"{number}").touch()
    looked = []
    monkeypatch.setattr(untrusted_files.stat, "S_ISDIR", lambda mode: looked.append(mode) or False)
    with pytest.raises(TooMuch, match="more than 10 files and folders"):
        contents(theirs, Bounds(count=10))
    assert len(looked) <= 2 * 10


def test_deep_folders_are_left_out_where_they_are_too_deep():
    """Deeper than Python's stack, and than a path may be long. pytest could not remove it from its own folder."""
    folder, here = Path(tempfile.mkdtemp()), os.getcwd()
    (folder / "work.txt").touch()
    try:
        os.chdir(folder)
        for _ in range(3000):
            os.mkdir("d")
            os.chdir("d")
        os.chdir(here)
        found = contents(folder)
    finally:
        os.chdir(here)
        remove(folder)
    assert list(found.odd.values()) == [f"more than {DEEPEST} folders deep"]
    assert found.files.keys() == {"work.txt"}


def test_long_paths_are_left_out(theirs):
    folder = theirs / ("x" * 250) / ("y" * 250) / ("z" * 250)
    folder.mkdir(parents=True)
    (folder / ("w" * 250)).touch()
    (folder / "short").touch()
    found = contents(theirs)
    assert sorted(map(len, found.files)) == [len("work.txt"), 3 * 251 + len("short")]
    assert list(found.odd.values()) == ["its path has more than 1000 bytes"]


@pytest.mark.parametrize("name", [b"two\nlines", b"not \xff UTF-8", b"escape\x1b[2J", b"\x7f"])
def test_names_that_are_no_text_are_left_out(theirs, name):
    (theirs / os.fsdecode(name)).touch()
    found = contents(theirs)
    assert list(found.odd.values()) == ["its name is not plain text"]
    assert found.left_out.isprintable()


def test_all_other_names_are_kept(theirs, tmp_path):
    composed = unicodedata.normalize("NFC", "é")
    names = ["Data", "data", composed, unicodedata.normalize("NFD", composed), "می\u200cخواهم", "n" * 255, "%s", "a b"]
    for name in names:
        (theirs / name).write_text(name)
    target = tmp_path / "copy"
    target.mkdir()
    with UntrustedFolder(theirs) as folder:
        found = folder.measure()
        assert found.files.keys() == {*names, "work.txt"} and found.odd == {}
        folder.copy_all(found, target)
    assert {path.name: path.read_text() for path in target.iterdir()} == {n: n for n in names} | {"work.txt": "work"}


def test_folders_are_copied_with_what_is_in_them(theirs, tmp_path):
    (theirs / "a" / "b").mkdir(parents=True)
    (theirs / "a" / "b" / "c.txt").write_text("deep")
    (theirs / "a" / "__pycache__").mkdir()
    (theirs / "a" / "__pycache__" / "x.pyc").touch()
    target = tmp_path / "copy"
    target.mkdir()
    with UntrustedFolder(theirs) as folder:
        folder.copy_all(folder.measure(skipped=ignoring(["__pycache__"])), target)
    assert {str(path.relative_to(target)) for path in target.rglob("*")} == {"work.txt", "a", "a/b", "a/b/c.txt"}


def test_the_times_are_those_of_the_newest_thing_also_of_what_is_passed_over(theirs):
    before = contents(theirs)
    os.utime(theirs / "work.txt", (1, 1))
    after = contents(theirs, skipped=lambda name: True)
    assert after.changed > before.changed and after.modified <= before.modified
    (theirs / "work.txt").write_text("new")
    assert contents(theirs, skipped=lambda name: True).modified >= after.modified


def test_an_error_where_a_copy_is_written_is_not_the_strangers(theirs, tmp_path):
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "work.txt").touch()
    with UntrustedFolder(theirs) as folder, pytest.raises(FileExistsError):
        folder.copy_all(folder.measure(), tmp_path / "target")


def test_of_many_odd_things_the_first_few_are_named(theirs):
    for number in range(10):
        (theirs / f"link-{number}").symlink_to("/")
    assert contents(theirs).left_out == "link-0 (a link), link-1 (a link), link-2 (a link), and 7 more"
