r"""Prints and raises text that no file can hold: lone surrogates, NUL bytes, terminal escapes, in every place.

shows: printed|E:
says: name 'Adam' is not defined
"""

from IPython.display import HTML, display

ODD = "\ud800 \udfff \x00 \x1b]0;owned\x07 \x1b[2J \u202e"
print("printed", ODD)
display(HTML(f"<b>{ODD}</b>"), metadata={ODD: ODD})
os.makedirs("a", exist_ok=True)
open(os.fsencode("a/") + b"\xff\n", "w").close()
raise type("E", (Exception,), {})(ODD)
