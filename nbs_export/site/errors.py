"""What can go wrong while the site is made."""


class SiteError(Exception):
    """A page cannot be made; the message says why, and where to look."""
