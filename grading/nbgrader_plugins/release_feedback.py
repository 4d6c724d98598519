"""Giving feedback back through nbgrader's exchange."""

import glob
import os

from nbgrader.exchange.default import ExchangeReleaseFeedback

from ..util.text import in_one_line

SECRET = "submission_secret.txt"


class ReleaseFeedback(ExchangeReleaseFeedback):
    """Releases everybody's feedback, and stops at nobody.

    The place of a page in the exchange is made of the student's ``submission_secret.txt``. nbgrader's own ends at the
    first page beside which there is none, or none that can be read.
    """

    def copy_files(self) -> None:
        elsewhere: list[str] = []
        for folder in sorted(glob.glob(self.src_path)):
            self.src_path = glob.escape(folder)
            student = in_one_line(os.path.basename(os.path.dirname(folder)))
            if not os.path.lexists(os.path.join(folder, SECRET)):
                elsewhere.append(student)
                continue
            try:
                super().copy_files()
            except (OSError, UnicodeError) as error:
                reason = in_one_line(f"{type(error).__name__}: {error}")
                self.log.error("No feedback released for %s: %s", student, reason)
        if elsewhere:
            self.log.error(
                "No feedback released for %s: handed in otherwise than through the exchange (there is no %s)",
                ", ".join(elsewhere),
                SECRET,
            )
