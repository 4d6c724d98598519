"""One notebook out, by nbdev, with a plain word where that does not go."""

import ast
import inspect
import json
import os
import shutil
import tempfile
import warnings
from pathlib import Path

from IPython import get_ipython
from nbdev.config import get_config, import_obj
from nbdev.export import nb_export

from .grown_classes import exported_text
from .left_out import left_out

NOTHING = (
    "Not exported: no cell says which module this is. The cell `#| default_exp …`, near the top of the notebook, is "
    "missing or changed: copy it from the notebook as it was released."
)


def export_lesson(otherwise: str) -> None:
    """Write the cells marked ``#| export`` of the notebook that calls this to the package, and say what was written.

    Whatever keeps it from being written is said in one line, and then the package is as it was.

    Parameters
    ----------
    otherwise : str
        The notebook's file name, where Jupyter does not tell it.
    """
    notebook = Path.cwd() / Path(os.environ.get("JPY_SESSION_NAME", otherwise)).name
    course = get_config()
    if course.nbs_path not in notebook.parents:
        print("Not exported: open this notebook in the course's modules folder to export it.")
        return
    if not notebook.is_file():
        print(
            f"Not exported: there is no {notebook}. If you have renamed the notebook, restart its kernel and try again."
        )
        return
    try:
        written = export_whole(notebook, course)
    except SyntaxError as error:
        print(
            f"Not exported: Python cannot read `{(error.text or '').strip()}` in a cell marked #| export: {error.msg}."
        )
    except json.JSONDecodeError as error:
        print(
            f"Not exported: line {error.lineno} of {notebook.name} is not as Jupyter writes it. Save it, and try again."
        )
    except OSError as error:
        where = error.filename2 or error.filename or course.lib_path
        print(f"Not exported, and nothing has changed: {error.strerror}: {where}")
        print("Export again where there is room and you may write, such as in a copy of the whole course folder.")
    else:
        if not written:
            print(NOTHING)
            return
        shell = get_ipython()
        for path in written:
            print("written:", path.relative_to(course.config_path))
            for name in differing(path.read_text(encoding="utf-8"), shell.user_ns if shell else {}):
                print(
                    f"Note: {name} as saved is not {name} as last run. Run its cell, save (Ctrl-S), and export again."
                )
        for note in left_out(notebook, [path.read_text(encoding="utf-8") for path in written]):
            print("Note:", note)
        print("A notebook that has imported it before sees the change when its kernel is restarted.")


def export_whole(notebook: Path, course) -> list[Path]:
    """Export beside the package, then rename: a module is there whole or not at all.

    Parameters
    ----------
    notebook : Path
    course : fastcore's Config
        nbdev's settings.

    Returns
    -------
    list of Path
        The modules that were written.

    Raises
    ------
    SyntaxError
        If Python cannot read one of them. Then nothing has been written.
    """
    written = []
    with tempfile.TemporaryDirectory(dir=course.config_path, prefix=".export-") as folder:
        copy = Path(folder) / notebook.relative_to(course.config_path)
        copy.parent.mkdir(parents=True)
        shutil.copyfile(notebook, copy)
        package = Path(folder) / course.lib_path.name
        with warnings.catch_warnings(action="ignore"):  # that no cell says which module it is: we say so ourselves
            nb_export(copy, lib_path=package, procs=[import_obj(name) for name in course.get("export_procs", [])])
        modules = sorted(package.rglob("*.py"))
        for module in modules:
            ast.parse(module.read_text(encoding="utf-8"))  # nbdev would write what Python cannot read
        for module in modules:
            target = course.lib_path / module.relative_to(package)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(module, target)
            written.append(target)
    return written


def differing(exported: str, names: dict) -> list[str]:
    """The classes in an exported module that were last run with another text.

    Parameters
    ----------
    exported : str
        The module.
    names : dict
        What the notebook has defined.
    """
    stale = []
    for node in ast.parse(exported).body:
        ran = names.get(node.name) if isinstance(node, ast.ClassDef) else None
        if isinstance(ran, type) and ran.__module__ == "__main__":
            methods = [value for value in vars(ran).values() if inspect.isfunction(value)]
            if any(exported_text(inspect.getsource(method)).strip() not in exported for method in methods):
                stale.append(node.name)
    return stale
