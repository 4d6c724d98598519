"""Submissions that are broken or hostile as files: what is wrong is not what a cell does but what the notebook is."""

import json

import nbformat
from attack import ADAM, FILES, Attack

from tests.course07 import ASSIGNMENT, cell_of, fill_in

BROKEN: list[Attack] = []
KEPT = ("optimizer", "sgd", "sgd-momentum", "sgd-decay", "sgd-state", "adamw", "q1-numbers")


def broken(tries: str, **told):
    """Decorator: from the filled-in notebook without an Adam, as plain data, what is handed in.

    That may be the changed data itself (None), text, bytes, or several files by name.
    """

    def register(make):
        def files(released, target):
            nb = fill_in(released)
            for name in ADAM:
                cell_of(nb, name).source = ""
            data = json.loads(nbformat.writes(nb))
            made = make(data, target)
            made = json.dumps(data) if made is None else made
            made = made if isinstance(made, dict) else {FILES: made}
            made.setdefault(FILES, json.dumps(data))
            return {name: text.encode() if isinstance(text, str) else text for name, text in made.items()}

        BROKEN.append(Attack(make.__name__.replace("_", "-"), "files", tries, files, **told))
        return make

    return register


def cell(data: dict, grade_id: str) -> dict:
    return next(c for c in data["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def code(source: str, **metadata) -> dict:
    return {"cell_type": "code", "execution_count": None, "id": f"x{abs(hash(source)) % 10**9}", "metadata": metadata,
            "outputs": [], "source": source}  # fmt: skip


@broken("A notebook of a hundred megabytes", score=0, problem="larger than")
def a_hundred_megabytes(data, target):
    cell(data, "adam")["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 100 * 2**20}]


@broken("JSON nested ten thousand levels deep", score=0, problem="not a notebook")
def nested_ten_thousand_deep(data, target):
    return json.dumps(data).replace('"metadata"', '"metadata": {"a": ' + "[" * 10_000 + "]" * 10_000 + '}, "m"', 1)


@broken("Metadata nested three hundred levels deep: it can be read, and not be written again",
        says="name 'Adam' is not defined")  # fmt: skip
def nested_three_hundred_deep(data, target):
    inner = []
    for _ in range(300):
        inner = [inner]
    data["cells"][0]["metadata"]["a"] = inner


@broken("Fifty thousand cells", score=0, problem="more than")
def fifty_thousand_cells(data, target):
    data["cells"] += [{**code("1"), "id": f"c{i}"} for i in range(50_000)]


@broken("Every cell id and grade id twice, the copies of the tests emptied", says="name 'Adam' is not defined",
        shows="is not defined")  # fmt: skip
def ids_twice(data, target):
    data["cells"] += [{**c, "source": "pass"} for c in data["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]


@broken("Metadata that claim a thousand points, unlocked tests, and roles for cells of its own",
        says="name 'Adam' is not defined")  # fmt: skip
def claims_points(data, target):
    for c in data["cells"]:
        if role := c["metadata"].get("nbgrader"):
            role.update(points=1000, locked=False, grade=False, solution=True, checksum="0", schema_version=3)
            c["source"] = c["source"] if role["grade_id"] in KEPT else "pass"
    mine = {"grade": True, "solution": False, "locked": False, "points": 1000, "schema_version": 3}
    data["cells"].append(code("pass", nbgrader={**mine, "grade_id": "extra-credit", "cell_type": "code"}))
    data["metadata"]["nbgrader"] = {"score": 1000, "max_score": 1}


@broken("The tests of Adam under the roles of others: each cell's grade id is that of the next",
        says="name 'Adam' is not defined")  # fmt: skip
def swaps_grade_ids(data, target):
    roles = [c["metadata"]["nbgrader"] for c in data["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]
    names = [role["grade_id"] for role in roles]
    for role, name in zip(roles, names[1:] + names[:1], strict=True):
        role["grade_id"] = name


@broken("Grade ids that are lists, numbers, objects and null", says="name 'Adam' is not defined")
def odd_grade_ids(data, target):
    for odd in (["adam"], 7, {"a": "adam"}, None, True, 1e999, "adam\0", "../../x"):
        data["cells"].insert(0, code("pass", nbgrader={"grade_id": odd, "grade": True, "points": 5}))


@broken("Roles that are no objects, and roles without anything in them", says="name 'Adam' is not defined")
def odd_roles(data, target):
    for odd in ("adam", 7, ["grade_id"], None, {}, {"grade": True}, {"solution": "yes", "locked": []}):
        data["cells"].insert(0, code("pass", nbgrader=odd))


@broken("Roles with a schema version of the past and of the future", says="name 'Adam' is not defined")
def odd_schema_versions(data, target):
    for i, c in enumerate(c for c in data["cells"] if c["metadata"].get("nbgrader")):
        c["metadata"]["nbgrader"]["schema_version"] = (0, 1, 2, 99, -1, "3", None)[i % 7]


@broken("A notebook in the format of 2013, with worksheets", says="name 'Adam' is not defined")
def format_of_2013(data, target):
    old = [{"cell_type": "code", "collapsed": False, "input": c["source"], "language": "python", "metadata":
            c["metadata"], "outputs": []} for c in data["cells"] if c["cell_type"] == "code"]  # fmt: skip
    return json.dumps({"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": old}]})


@broken("A format from the future", says="name 'Adam' is not defined")
def format_of_the_future(data, target):
    data.update(nbformat=1000, nbformat_minor=10**30)


@broken("Sources that are lists of numbers, null, numbers and objects", says="name 'Adam' is not defined")
def odd_sources(data, target):
    for i, odd in enumerate((None, 7, [1, None], {"a": 1})):
        data["cells"][i]["source"] = odd


@broken("Sources with NUL bytes, lone surrogates, a byte order mark and characters that turn the line around",
        says="name 'Adam' is not defined", shows="contain null bytes")  # fmt: skip
def odd_characters(data, target):
    cell(data, "adam")["source"] = "class Adam(Optimizer):\n    x = '\x00 \ud800 \ufeff \u202e'\n"
    data["cells"].insert(0, code("print('\ud800')"))
    data["cells"].insert(0, {"cell_type": "markdown", "id": "odd", "metadata": {}, "source": "\udfff\x00 \x1b[2J"})


@broken("Attachments, titles, tags and cell ids made of scripts", says="name 'Adam' is not defined")
def scripts_in_the_file(data, target):
    script = "\"><script>window.owned=1</script><img src=x onerror='window.owned=2'>"
    data["metadata"].update(title=script, authors=[{"name": script}], language_info={"name": script})
    data["metadata"]["kernelspec"] = {"name": script, "display_name": script, "language": script}
    markdown = {"cell_type": "markdown", "id": "markdown", "metadata": {}}
    markdown.update(
        source=f"{script} <iframe srcdoc='<script>parent.owned=3</script>'></iframe> [x](javascript:window.owned=4)"
        "\n\n![x](attachment:a.png) $\\unicode{<script>window.owned=5</script>}$",
        attachments={"a.png": {"image/png": f'x" onerror="window.owned=6{script}', "text/html": script}},
    )
    data["cells"].insert(0, markdown)
    data["cells"].insert(0, {"cell_type": "raw", "id": "raw", "metadata": {"format": "text/html"}, "source": script})
    data["cells"].insert(0, code("'x'", tags=['"><script>window.owned=7</script>']))


@broken("A title that no page can close: headings and brackets that take a Markdown parser very long",
        says="name 'Adam' is not defined")  # fmt: skip
def markdown_without_end(data, target):
    for i, text in enumerate(("[" * 50_000, "![" * 20_000, "*a **a " * 20_000, "<" * 50_000, "`" * 30_000 + "a")):
        data["cells"].append({"cell_type": "markdown", "id": f"m{i}", "metadata": {}, "source": text})


@broken("Numbers that no float or int can hold, among the points and versions", says="name 'Adam' is not defined")
def exploding_numbers(data, target):
    data["metadata"]["a"] = "NUMBERS"
    return json.dumps(data).replace('"NUMBERS"', "[1e999, -1e999, NaN, Infinity, 1e-999, " + "9" * 4000 + "]")


@broken("A number of five thousand digits, which Python refuses to read", score=0, problem="not a notebook")
def a_number_too_long(data, target):
    data["metadata"]["a"] = "NUMBERS"
    return json.dumps(data).replace('"NUMBERS"', "9" * 5000)


@broken("Text that is markup to whatever prints the table of results", score=0, problem="not a notebook")
def markup_in_place_of_a_notebook(data, target):
    return "[/red][link=file:///etc/passwd]x[/link] \x1b[2J\x1b]0;owned\x07 [bold"


@broken("An empty file", score=0, problem="not a notebook")
def nothing_at_all(data, target):
    return ""


@broken("Random bytes", score=0, problem="not a notebook")
def random_bytes(data, target):
    return bytes(range(256)) * 100


@broken("JSON that is no object: null", score=0, problem="not a notebook")
def just_null(data, target):
    return "null"


@broken("Half a notebook, as a broken upload leaves it", score=0, problem="not a notebook")
def half_a_notebook(data, target):
    text = json.dumps(data)
    return text[: len(text) // 2]


@broken("A second notebook beside the first, by whose name a message of the grader's is imitated",
        says="name 'Adam' is not defined")  # fmt: skip
def a_second_notebook(data, target):
    return {"CannotConfine.ipynb": json.dumps(data), f"{ASSIGNMENT}-copy.ipynb": json.dumps(data)}


@broken("Modules beside the notebook, under the names of Python's, numpy's and the grader's own",
        says="name 'Adam' is not defined")  # fmt: skip
def modules_beside_it(data, target):
    spy = f"open({target['home'] + '/imported-by-the-grader'!r}, 'a').write(__name__)\nraise ImportError(__name__)\n"
    names = ["numpy", "matplotlib", "nbgrader", "grading", "tinytorch", "diagnosis", "sitecustomize", "usercustomize",
             "json", "conftest", "nbgrader_config", "jupyter_config", "ipython_config"]  # fmt: skip
    return {f"{name}.py": spy for name in names} | {"matplotlibrc": "backend: module://spy", "x.pth": "import spy"}


@broken(
    "A timestamp that is no time, and imitates what the grader says when it must stop", score=0, problem="timestamp"
)
def a_timestamp_that_lies(data, target):
    return {"timestamp.txt": "grading.sandbox.machine.CannotConfine: it takes Linux"}


@broken("Files beside the notebook that are more than it may write", score=0, problem="the files beside the notebook")
def much_beside_it(data, target):
    return {f"data-{i}.bin": bytes(20 * 2**20) for i in range(4)}
