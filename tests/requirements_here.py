"""What a test can ask of the machine it runs on."""

import importlib
import os

import pytest


def need(name):
    """Import an optional module, or skip the test if it is missing. In CI it must not be: there the test fails.

    Parameters
    ----------
    name : str
        The module to import, such as "torch".

    Returns
    -------
    module
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise  # it is installed, and something inside it is broken
        reason = f"{name} is not installed"
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI must run every test")
    pytest.skip(reason)
