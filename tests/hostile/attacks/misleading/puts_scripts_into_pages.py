"""Shows scripts, in every form a notebook knows, for the feedback page to run in the instructor's browser.

shows: shown|^Error<script>
says: name 'Adam' is not defined
"""

from IPython.display import display

SCRIPT = "<script>window.owned=1</script><img src=x onerror=window.owned=2><a href='javascript:window.owned=3'>x</a>"
for name in ("text/html", "text/markdown", "text/latex", "image/svg+xml", "application/javascript", "text/plain",
             "image/png", "application/json", "application/vnd.jupyter.widget-view+json"):  # fmt: skip
    data = f"<svg onload=window.owned=4>{SCRIPT}</svg>" if "svg" in name else f'x" onerror="window.owned=5">{SCRIPT}'
    data = "window.owned = 6" if name.endswith("javascript") else data
    data = {"model_id": SCRIPT} if name.endswith("json") else data
    odd = {"width": '1" onerror="window.owned=7', "height": "2 onerror=window.owned=8", "unconfined": True}
    display({name: data}, raw=True, metadata={name: odd, "isolated": '1" onload="window.owned=9'})
print("shown", SCRIPT)
raise type("Error<script>window.owned=10</script>", (Exception,), {})(SCRIPT)
