"""What a submission finds in its sandbox besides Python and its libraries. It differs between assignments."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class SandboxProfile:
    """The modules that are given to a submission, and those that it must not see.

    Attributes
    ----------
    modules : tuple of str
        Loaded before the submission is.
    readable : tuple of str
        Packages whose files may be read, so that a traceback shows their lines.
    hidden : tuple of str
        Names of files and folders beside the package ``grading`` that must not be read, or whole paths.
    unseen : tuple of str
        Folders that look empty to it, where the kernel gives namespaces; it may read nothing in them anyway.
    masked : tuple of str
        Modules that hold the solution: they cannot be imported, and their files cannot be read.
    """

    modules: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()

    def hiding(self, names: Iterable[str]) -> "SandboxProfile":
        """Return the same profile with more names hidden."""
        return replace(self, hidden=tuple(dict.fromkeys([*self.hidden, *names])))
