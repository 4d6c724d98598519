"""What is left of HTML in a page."""

import pytest

from grading.nbgrader_plugins.html_filters import LONGEST, clean, clean_markdown


@pytest.mark.parametrize(
    "harmless",
    [
        '<h1 id="a">A<a class="anchor-link" href="#a">b</a></h1>',
        "<p>$a &lt; 1$</p>",
        "<table><thead><tr><th>1</th></tr></thead><tbody><tr><td>2</td></tr></tbody></table>",
        '<img src="data:image/png;base64,aaaa">',
        '<img src="figure.png">',
        '<a href="https://arxiv.org/abs/1412.6980">Adam</a>',
        '<span style="color:red;">x</span>',
    ],
)
def test_what_teaches_stays(harmless):
    assert clean(harmless) == harmless


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>owned()</script>",
        "<img src=x onerror=owned()>",
        "<a href='javascript:owned()'>x</a>",
        "<a href='java\nscript:owned()'>x</a>",
        "<a href='&#106;avascript:owned()'>x</a>",
        "<a href=javascript:1>x</a>",
        "<a href='data:text/html,<script>owned()</script>'>x</a>",
        "<img src='https://elsewhere/pixel.png'>",
        "<img src='//elsewhere/pixel.png'>",
        "<iframe srcdoc='<script>owned()</script>'></iframe>",
        "<svg><script>owned()</script></svg>",
        "<style>@import 'https://elsewhere/x.css'</style>",
        "<p style='background:url(https://elsewhere/x.png)'>x</p>",
        "<form action='https://elsewhere/'><input name=x></form>",
        "<meta http-equiv=refresh content='0;url=https://elsewhere/'>",
        "<math><mtext></mtext><mglyph><style><img src=x onerror=owned()></style></mglyph></math>",
    ],
)
def test_what_runs_or_calls_elsewhere_does_not(hostile):
    page = clean(hostile)
    for tag in ("<script", "<iframe", "<svg", "<style", "<form", "<meta", "<math"):
        assert tag not in page.lower()
    inside = [part.split(">")[0] for part in page.split("<")[1:]]  # of tags; what is text may say what it likes
    assert not [part for part in inside if "owned" in part or "elsewhere" in part or "javascript" in part]


def test_long_markdown_is_plain_text():
    assert clean_markdown({}, "**bold**").strip() == "<p><strong>bold</strong></p>"
    assert clean_markdown({}, "<" * (LONGEST + 1)) == f"<pre>{'&lt;' * (LONGEST + 1)}</pre>"
