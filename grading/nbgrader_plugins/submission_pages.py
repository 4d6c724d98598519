"""Have the formgrader's server answer other requests while the page of a submission is made.

nbgrader makes the page in the handler of the request, and Tornado runs one handler at a time: for as long as a page may
take, everybody else would wait.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from nbgrader.server_extensions.formgrader import handlers
from tornado.ioloop import IOLoop

# One thread, which lives as long as the server does: a page's process ends with the thread that has started it.
PAGES = ThreadPoolExecutor(max_workers=1, thread_name_prefix="submission pages")


class SubmissionHandler(handlers.SubmissionHandler):
    """nbgrader's, up to the page itself: that is made in a thread."""

    page: Callable[[], tuple[str, dict]] | None = None

    @property
    def exporter(self) -> "SubmissionHandler":
        """What nbgrader's handler asks for the page."""
        return self

    def from_filename(self, filename: str, resources: dict) -> tuple[str, dict]:
        """Note which page is asked for, and return an empty one."""
        self.page = partial(super().exporter.from_filename, filename, resources=resources)
        return "", {}

    async def get(self, submission_id: str) -> None:
        super().get(submission_id)
        if self.page:
            html, _ = await IOLoop.current().run_in_executor(PAGES, self.page)
            self.write(html)


def install() -> None:
    """Put the handler in the place of nbgrader's, for servers that start after this."""
    handlers.default_handlers[:] = [
        (route, SubmissionHandler if handler is handlers.SubmissionHandler else handler, *options)
        for route, handler, *options in handlers.default_handlers
    ]
