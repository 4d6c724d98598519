"""Collecting from nbgrader's exchange on a machine that students share."""

from pathlib import Path

from nbgrader.exchange.default import ExchangeCollect


class Collect(ExchangeCollect):
    """Collects what belongs to the student whose name it has, and nothing else.

    Anybody can say ``nbgrader submit --student=SOMEBODY``. nbgrader only warns of it and collects it all the same, in
    place of what that student has handed in before. With ``check_owner`` off, for machines where all students are one
    user, it is nbgrader's own.
    """

    def init_src(self) -> None:
        self.forged: set[str] = set()
        super().init_src()
        self.src_records = [record for record in self.src_records if record["filename"] not in self.forged]

    def _path_to_record(self, path: str) -> dict:
        record = super()._path_to_record(path)
        if self.check_owner and (owner := owner_of(path)) != record["username"]:
            self.log.warning("Not collected: %s says it is by %s, and is by %s", path, record["username"], owner)
            self.forged.add(record["filename"])
            record["username"] += f" (by {owner})"  # among the student's own, it could be taken for the newest
        return record


def owner_of(path: str) -> str:
    """The user to whom a file or folder belongs."""
    try:
        return Path(path).owner()
    except KeyError:
        return "nobody that this machine knows"
