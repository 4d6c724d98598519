"""The table of learners' classes."""

WRONG: dict[str, tuple[str, type]] = {}
RIGHT: dict[str, tuple[str, type]] = {}


def entry(table):
    """Decorator: enter a class under its name, as one that stands for `subject`."""

    def of(subject):
        def register(make):
            name = f"{subject.lower()}.{make.__name__}"
            assert name not in table
            table[name] = subject, type(subject, (make,), {"__module__": make.__module__})
            return make

        return register

    return of


wrong, right = entry(WRONG), entry(RIGHT)
