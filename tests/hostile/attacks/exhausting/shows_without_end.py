r"""Shows two hundred pictures, of a hundred kilobytes each.

shows: The rest is left out: too much pictures
"""

from IPython.display import Image, display

noise = b"\x89PNG\r\n\x1a\n" + os.urandom(100_000)
for _ in range(200):
    display(Image(noise, format="png"))
