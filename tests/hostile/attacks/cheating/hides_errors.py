"""Silences every error: IPython's events and traceback printing, a custom exception handler, sys.excepthook.

adam: wrong
where: first
says: .
"""

import sys

shell = get_ipython()
shell.showtraceback = shell._showtraceback = lambda *args, **kwargs: None
shell.set_custom_exc((BaseException,), lambda *args, **kwargs: None)
shell.events.register("post_run_cell", lambda result: setattr(result, "error_in_exec", None))
sys.excepthook = lambda *args: None
