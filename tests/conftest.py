"""What a test can ask of the machine it runs on."""

import importlib
import os
import shutil

import pytest


def missing(reason):
    """Skip the test that asks, with the reason; in CI no test may skip, so there it fails."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI must run every test")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def need():
    """Import an optional module, or skip the test if it is missing; in CI no test may skip, so there the test fails."""

    def need(name):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name.partition(".")[0]:
                raise  # it is installed, and something inside it is broken
        missing(f"{name} is not installed")

    return need


@pytest.fixture(scope="session")
def need_program():
    """The path of the first of some programs that is here; if none is, skip the test, or in CI fail it."""

    def need_program(*names):
        return next(filter(None, map(shutil.which, names)), None) or missing(f"there is no {' or '.join(names)}")

    return need_program
