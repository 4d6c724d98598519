"""Pictures of a submission as ``data:`` addresses, which a page shows and a browser does not fetch."""

import base64
import os
import re
import secrets
import stat
from pathlib import Path
from urllib.parse import unquote

DATA_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/\s]*={0,2}\s*")
ATTACHED = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")  # the sharper first, as in nbconvert
ATTACHMENT = "attachment:"  # begins the address of one
SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}
BESIDE = re.compile(r"(\w[\w .-]*/){0,4}\w[\w .()-]*\.(png|jpe?g|gif)", re.IGNORECASE)  # no way out of the folder
LARGEST = 10 * 2**20  # bytes of the files that one page takes in; the rest is named


# A picture in the text itself, as Colab pastes it: the address of one in Markdown or HTML.
IN_TEXT = re.compile(r"""(?<=[("'])data:(image/[a-z+]{3,7});base64,([A-Za-z0-9+/]++={0,2}+)(?=[)"'\s])""")


def without_data(source: str, attachments: dict) -> tuple[str, dict]:
    """Markdown whose pictures are attachments, where they stood in the text, and all attachments."""
    attachments = dict(attachments)

    def attached(found: re.Match) -> str:
        name = f"{secrets.token_hex(8)}.{len(attachments)}"
        attachments[name] = {found[1]: found[2]}
        return f"{ATTACHMENT}{name}"

    return IN_TEXT.sub(attached, source), attachments


def data_image(mime: str, value: str) -> str:
    """The address of a picture that an output or an attachment holds; empty if it is none.

    Parameters
    ----------
    mime : str
    value : str
        In base64, or the text of an SVG. An SVG that is shown by its address runs nothing and fetches nothing.
    """
    if mime == "image/svg+xml" and "<" in value:
        value = base64.b64encode(value.encode(errors="replace")).decode()
    address = f"data:{mime};base64,{value.strip()}"
    return address if value.strip() and DATA_IMAGE.fullmatch(address) else ""


class Pictures:
    """What a cell may show: its attachments, and the picture files beside the notebook. Each attachment once.

    Parameters
    ----------
    attachments : dict of str to dict
        MIME bundles, by file name.
    resources : dict
        nbconvert's. ``metadata.path`` is the folder of the notebook, if it has one; ``pictures_left`` counts the bytes
        that the page may still take in from files.
    """

    def __init__(self, attachments: dict, resources: dict) -> None:
        self.attachments, self.resources = dict(attachments), resources

    def find(self, address: str) -> str:
        """The ``data:`` address of a picture; empty if there is none to show."""
        address = address.strip()
        if address.startswith("data:"):
            return address if DATA_IMAGE.fullmatch(address) else ""
        name = unquote(address)
        if name.lower().startswith(ATTACHMENT):
            bundle = self.attachments.pop(address[len(ATTACHMENT) :], None)  # where a percent sign may mean itself
            bundle = bundle or self.attachments.pop(name[len(ATTACHMENT) :], {})
            found = (data_image(mime, bundle[mime]) for mime in ATTACHED if mime in bundle)
            return next(filter(None, found), "")
        return self.beside(name)

    def beside(self, name: str) -> str:
        """The address of a picture in a file beside the notebook."""
        folder = self.resources.get("metadata", {}).get("path", "")
        if not folder or not BESIDE.fullmatch(name):
            return ""
        left = self.resources.get("pictures_left", LARGEST)
        data = picture_file(Path(folder), name, left)
        mime = next((mime for signature, mime in SIGNATURES.items() if data.startswith(signature)), "")
        if not mime:
            return ""
        self.resources["pictures_left"] = left - len(data)
        return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def picture_file(folder: Path, name: str, largest: int) -> bytes:
    """What an ordinary file in a folder holds; nothing if it is a link, leads through one, or is too large."""
    path = folder / name
    if os.path.realpath(path) != os.path.join(os.path.realpath(folder), name):
        return b""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:  # there is none, or it may not be read
        return b""
    with open(number, "rb") as file:
        status = os.fstat(number)
        return file.read() if stat.S_ISREG(status.st_mode) and status.st_size <= largest else b""
