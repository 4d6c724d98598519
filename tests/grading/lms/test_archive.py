"""Hostile zip files: entry by entry refused, and nothing is opened that claims to be harmless and is not."""

import stat
import struct
import unicodedata
import zipfile

import pytest

from grading.lms import archive as archives
from grading.lms.archive import Archive, Unusable, is_folder_name
from grading.util.errors import CourseError

GOOD = "doejane_1_2_07_optimizers.ipynb"


def opened(path):
    """The entries that are harmless, and why the others are not."""
    with Archive(path) as archive:
        return list(archive.entries), {refused.entry: refused.reason for refused in archive.refused}


def entry(name, mode=0):
    info = zipfile.ZipInfo("placeholder")
    info.filename = name  # as it is: the constructor would mend it
    info.external_attr = mode << 16
    return info


def packed(tmp_path, *infos):
    path = tmp_path / "hostile.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(GOOD, "{}")
        for info in infos:
            archive.writestr(info, "{}")
    return path


@pytest.mark.parametrize(
    ("name", "mode", "reason"),
    [
        ("../up_1_2_a.ipynb", 0, "leads upward"),
        ("a/../../up_1_2_a.ipynb", 0, "leads upward"),
        ("/etc/x_1_2_a.ipynb", 0, "absolute"),
        ("C:/x_1_2_a.ipynb", 0, "absolute"),
        ("..\\x_1_2_a.ipynb", 0, "backslashes"),
        ("x_1_2_a\n.ipynb", 0, "characters"),
        ("x_1_2_\x1b[2J.ipynb", 0, "characters"),
        ("x_1_2_\u202eipynb", 0, "characters"),
        ("a/CON.ipynb", 0, "device"),
        ("nul", 0, "device"),
        ("x_1_2_link.ipynb", stat.S_IFLNK | 0o777, "a link"),
        ("x_1_2_pipe.ipynb", stat.S_IFIFO | 0o666, "not a plain file"),
        ("x_1_2_disk.ipynb", stat.S_IFBLK | 0o666, "not a plain file"),
        (GOOD.upper(), 0, "only in case"),
    ],
)
def test_an_entry_is_refused_and_the_good_ones_stay(tmp_path, name, mode, reason):
    entries, refused = opened(packed(tmp_path, entry(name, mode)))
    assert entries == [GOOD]
    assert len(refused) == 1 and reason in next(iter(refused.values()))
    assert next(iter(refused)).isprintable() and len(next(iter(refused)).splitlines()) == 1


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_second_entry_of_the_same_name_is_refused(tmp_path):
    assert opened(packed(tmp_path, entry(GOOD)))[1] == {GOOD: "a second entry of the same name"}


def patched(path, name, local, central, value):
    """Change 16 bits in both headers of an entry."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo(name).header_offset
    struct.pack_into("<H", data, at + local, value)
    at = data.index(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(name)] != name.encode():
        at = data.index(b"PK\x01\x02", at + 1)
    struct.pack_into("<H", data, at + central, value)
    path.write_bytes(data)
    return path


def test_encrypted_entries_and_unknown_packings_are_refused(tmp_path):
    path = packed(tmp_path, entry("x_1_2_a.ipynb"), entry("y_1_2_a.ipynb"))
    patched(path, "x_1_2_a.ipynb", 6, 8, 1)
    patched(path, "y_1_2_a.ipynb", 8, 10, 97)
    assert opened(path) == (
        [GOOD],
        {"x_1_2_a.ipynb": "encrypted", "y_1_2_a.ipynb": "packed in a way that cannot be read"},
    )


def test_a_bomb_is_not_unpacked_whatever_it_claims_to_be(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(GOOD, bytes(archives.LARGEST_FILE + 1))
    with Archive(path) as archive, pytest.raises(Unusable, match="larger than 50 MiB"):
        archive.read(GOOD)


def test_many_small_bombs_together_are_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_IN_ALL", 2500)
    path = tmp_path / "bombs.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"a_{number}_1_x.ipynb", bytes(1000))
    with Archive(path) as archive:
        assert len(archive.read("a_0_1_x.ipynb")) == len(archive.read("a_1_1_x.ipynb")) == 1000
        for number in (2, 3):
            with pytest.raises(Unusable, match="unpacked from one archive"):
                archive.read(f"a_{number}_1_x.ipynb")


def test_a_damaged_entry_is_refused_when_it_is_read(tmp_path):
    path = packed(tmp_path)
    data = bytearray(path.read_bytes())
    data[data.index(b"{}")] ^= 1
    path.write_bytes(data)
    with Archive(path) as archive, pytest.raises(Unusable, match="damaged"):
        archive.read(GOOD)


def test_too_many_entries_are_not_of_a_class(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_ENTRIES", 2)
    with pytest.raises(CourseError, match="more than any class hands in"):
        Archive(packed(tmp_path, entry("a"), entry("b")))


def test_names_are_read_as_they_were_meant(tmp_path):
    """UTF-8 that says so, UTF-8 that does not, cp437, and letters in two pieces (NFD)."""
    path = tmp_path / "names.zip"
    decomposed = unicodedata.normalize("NFD", "éloïse_1_2_a.ipynb")
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("李雷_1_2_a.ipynb", decomposed, "zzzzzzz_1_2_a.ipynb", "yyyy_1_2_a.ipynb"):
            archive.writestr(name, "{}")
    data = path.read_bytes()
    data = data.replace(b"zzzzzzz", "zoë€".encode()).replace(b"yyyy", "yöyé".encode("cp437"))
    path.write_bytes(data)
    assert opened(path)[0] == ["李雷_1_2_a.ipynb", "éloïse_1_2_a.ipynb", "zoë€_1_2_a.ipynb", "yöyé_1_2_a.ipynb"]


@pytest.mark.parametrize("before", [b"", b"#!/bin/sh"], ids=["a zip file", "one behind something else"])
@pytest.mark.parametrize("comment", [b"", b"downloaded PK\x01\x02"])
def test_a_name_that_claims_to_be_utf_8_costs_only_its_own_entry(tmp_path, before, comment):
    path = tmp_path / "names.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (GOOD, "zo\u00eb_1_2_a.ipynb", "\u674e\u96f7_1_2_a.ipynb"):
            archive.writestr(name, "{}")
        archive.comment = comment
    path.write_bytes(before + path.read_bytes().replace("zo\u00eb".encode(), b"zo\xeb\xeb"))
    entries, refused = opened(path)
    assert entries == [GOOD, "\u674e\u96f7_1_2_a.ipynb"]
    assert list(refused.values()) == ["a name that is not in the encoding it claims"]
    with Archive(path) as archive:
        assert [archive.read(entry) for entry in entries] == [b"{}", b"{}"]


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)[:10], b"<html>sign in</html>"]
)
def test_what_is_no_zip_file_gets_one_line(tmp_path, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(CourseError, match="no zip file"):
        Archive(path)
    with pytest.raises(CourseError, match="is a folder"):
        Archive(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".x", "x.", "x ", "a/b", "a\\b", "a:b", "CON", "nul.txt", "a*", "[a]", "a\n", "{a}", "x" * 200],
)
def test_an_id_that_is_no_safe_folder(name):
    assert not is_folder_name(name)


@pytest.mark.parametrize("name", ["jane", "jane.doe@example.edu", "12345", "李雷", "=SUM(1)", "de la Cruz"])
def test_an_id_that_is(name):
    assert is_folder_name(name)
