"""What to say of a mistake of the user, and of a fault that is none of theirs."""


class CourseError(Exception):
    """A problem that the user can mend, said in one line."""


class NotDecided(Exception):
    """A submission could not be graded, by no fault of its own: said in one line, and to be tried again."""
