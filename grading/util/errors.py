"""What to say of a mistake of the user."""


class CourseError(Exception):
    """A problem that the user can mend, said in one line."""
