"""Shows a widget that is none, NaN as JSON, pictures and tables that are numbers, and sizes that are infinite.

shows: shown
says: name 'Adam' is not defined
"""

from IPython.display import display

NAN, INFINITE = float("nan"), float("inf")
for name in ("application/vnd.jupyter.widget-view+json", "application/json", "application/vnd.own+json", "text/html",
             "text/markdown", "text/latex", "image/png", "image/svg+xml", "application/javascript"):  # fmt: skip
    for value in (NAN, [INFINITE], {"model_id": [1]}, {"a": -INFINITE}, None, 7, [], ["<b>"], True):
        display({name: value}, raw=True, metadata={name: {"width": NAN, "height": INFINITE}, "isolated": [value]})
print("shown")
