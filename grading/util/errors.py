"""Errors that a user can mend, and faults that are not the user's."""


class CourseError(Exception):
    """A problem that the user can mend, said in one line."""


class NotDecided(Exception):
    """A submission could not be graded, by no fault of its own: said in one line, and to be tried again."""
