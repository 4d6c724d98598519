"""Errors that a user can mend."""


class CourseError(Exception):
    """A problem that the user can mend, said in one line."""
