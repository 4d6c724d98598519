"""What a test can ask of the machine it runs on."""

import importlib
import os

import pytest


@pytest.fixture
def need():
    """Import an optional module, or skip the test if it is missing; in CI no test may skip, so there the test fails."""

    def need(name):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name.partition(".")[0]:
                raise  # it is installed, and something inside it is broken
            reason = f"{name} is not installed"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}, and CI must run every test")
        pytest.skip(reason)

    return need
