"""Where the templates and the vendored files are."""

from pathlib import Path

SITE = Path(__file__).resolve().parent
TEMPLATES = SITE / "templates"
VENDOR = SITE / "vendor"
