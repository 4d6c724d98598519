"""Imports the finished optimizers from the package, by every road that leads to a module.

says: name 'Adam' is not defined
shows: refused: import_module
"""

import importlib
import importlib.util
import inspect
import linecache
import pkgutil
import sys
import zipimport

path = f"{target.repository}/tinytorch/core/optimizers.py"
cached = importlib.util.cache_from_source(path)


def from_file(location):
    spec = importlib.util.spec_from_file_location("borrowed", location)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Adam.__doc__


def by_name():
    sys.modules.pop("tinytorch.core.optimizers", None)
    return importlib.import_module("tinytorch.core.optimizers").Adam.__doc__


attempt("import_module", by_name)
attempt("open", lambda: open(path).read())
attempt("open the cache", lambda: open(cached, "rb").read())
attempt("spec_from_file_location", lambda: from_file(path))
attempt("bytecode", lambda: from_file(cached))
attempt("linecache", lambda: linecache.getlines(path)[0])
attempt("get_data", lambda: pkgutil.get_data("tinytorch.core", "optimizers.py"))
attempt("zipimport", lambda: zipimport.zipimporter(target.repository))
attempt("getsource", lambda: inspect.getsource(sys.modules["tinytorch.core.optimizers"].Adam))
attempt("mutants", lambda: importlib.import_module("grading.exams.optimizers.mutants"))
attempt("oracle", lambda: importlib.import_module("grading.exams.optimizers.oracle"))
attempt("the notebook", lambda: open(f"{target.repository}/modules/07_optimizers/07_optimizers.ipynb").read()[:50])
