"""What is left of a submission's text, markup, formulas and pictures in a page."""

import json
import os
import re
import warnings
from html.parser import HTMLParser

import nbformat
import pytest
from markup import GIF, HOST, MIMES, ODD, hostile_outputs, markup, odd_outputs, poison
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.apps.baseapp import NbGrader

from grading.course.paths import DEFAULT_COURSE
from grading.nbgrader_plugins.html_filters import LONGEST, clean, clean_markdown, highlight_code, show_output
from grading.nbgrader_plugins.isolated_exporter import FormgraderExporter
from grading.nbgrader_plugins.mathml import DEEPEST, mathml
from grading.nbgrader_plugins.pictures import LARGEST
from grading.nbgrader_plugins.sound_notebook import sound_output
from grading.sandbox.outputs import received_outputs
from tests.course07 import ASSIGNMENT, LESSON

SEEDS = range(int(os.environ.get("MARKUP_SEEDS", 40)))  # set it for a longer run by hand
ELEMENTS = set(
    """
    a abbr acronym b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2
    h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot
    th thead tr tt u ul var math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle msub msup msubsup munder
    mover munderover mmultiscripts mprescripts none mtable mtr mtd mpadded mphantom
    """.split()
)
VOID = {"br", "hr", "img", "col"}
CLASS = re.compile(r"(highlight|[a-z][a-z0-9]{0,2}|ansi-[a-z-]+|output_\w+|rendered_html)?")  # of Pygments, and ours
STYLES = re.compile(
    r"(color|background-color): ?(#[0-9a-fA-F]+|[\w.%-]*|rgb\(\d+, ?\d+, ?\d+\))|"
    r"(text-align|font-weight|font-style|text-decoration|border|padding): ?[\w #.%-]*|",
    re.IGNORECASE,
)
VALUES = {
    "class": lambda value: all(CLASS.fullmatch(name) for name in value.split()),
    "style": lambda value: all(STYLES.fullmatch(part.strip()) for part in value.split(";")),
    "src": lambda value: re.fullmatch(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*", value),
    "alt": lambda value: True,
    "title": lambda value: True,
}
SIMPLE = re.compile(r"[\w#.+%-]{0,10}")


class Judge(HTMLParser):
    """Finds whatever in a piece of HTML is on no list, and elements that are not closed where they were opened."""

    def __init__(self, html):
        super().__init__()
        self.wrong, self.open, self.text = [], [], ""
        self.feed(html)
        self.close()
        self.wrong += [f"never closed: {name}" for name in self.open]

    def handle_starttag(self, tag, attributes):
        if tag not in ELEMENTS:
            self.wrong.append(f"<{tag}>")
        for name, value in attributes:
            sound = VALUES.get(name, SIMPLE.fullmatch)(value or "")
            if not sound or name in ("id", "name", "href", "for", "form", "action", "srcset") or name.startswith("on"):
                self.wrong.append(f"<{tag} {name}={value!r}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(f"</{tag}>")

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.wrong.append(f"<!--{data}-->")

    handle_decl = unknown_decl = handle_pi = handle_comment


def wrong(html):
    return Judge(html).wrong


@pytest.mark.parametrize(
    "harmless",
    [
        "<h1>A</h1>",
        "<p>$a &lt; 1$</p>",
        "<table><thead><tr><th>1</th></tr></thead><tbody><tr><td>2</td></tr></tbody></table>",
        '<img src="data:image/png;base64,aaaa" alt="a dot">',
        '<span style="color:red;">x</span>',
        "<details><summary>s</summary>t</details>",
    ],
)
def test_what_teaches_stays(harmless):
    assert clean(harmless) == harmless and wrong(harmless) == []


def test_a_picture_that_nobody_has_described_is_said_to_be_one():
    undescribed = '<img src="data:image/png;base64,aaaa" alt="No description has been provided for this image">'
    assert clean('<img src="data:image/png;base64,aaaa">') == undescribed and wrong(undescribed) == []
    assert clean('<img src="data:image/png;base64,aaaa" alt="">').endswith(' alt="">')


def test_markdown_is_read_as_ever():
    shown = clean_markdown({}, "**b** `c` ~~d~~ | List<int>\n\n- [x] done\n\n> q\n\n1. one\n\n| a |\n|--|\n| 1 |\n")
    for piece in (
        "<strong>b</strong>",
        "<code>c</code>",
        "<del>d</del>",
        "☑ done",
        "<blockquote>",
        "<ol>",
        "<td>1</td>",
    ):
        assert piece in shown
    assert "List&lt;int&gt;" in shown, "what is no element is text"
    assert '<span class="k">for</span>' in clean_markdown({}, "```python\nfor i in x: pass\n```")
    assert clean_markdown({}, "```html\n<b>\n```") == "<pre><code>&lt;b&gt;\n</code></pre>\n"


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ('<a href="https://arxiv.org/abs/1412.6980">Adam</a>', "Adam (https://arxiv.org/abs/1412.6980)"),
        ('<a href="https://a.org/?x=1&amp;y=2">q</a>', "q (https://a.org/?x=1&y=2)"),
        ('<a href="https://a.org">https://a.org</a>', "https://a.org"),
        ('<a href="mailto:a@b.org">a@b.org</a>', "a@b.org"),
        ('<a href="/formgrader?path=submitted/mallory">next</a>', "next"),
        ('<a href="#q1-answer">next</a>', "next"),
        ('<a href="javascript:owned()">x</a>', "x"),
    ],
)
def test_a_link_is_text_and_says_where_it_leads(link, text):
    found = Judge(clean(link))
    assert (found.text, found.wrong) == (text, [])


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>owned()</script>",
        "<img src=x onerror=owned()>",
        "<a href='java\nscript:owned()'>x</a>",
        "<a href='&#106;avascript:owned()'>x</a>",
        "<a href='data:text/html,<script>owned()</script>'>x</a>",
        "<img src='https://elsewhere/pixel.png'>",
        "<img src='//elsewhere/pixel.png'>",
        "<img src='/\\elsewhere/pixel.png'>",
        "<img srcset='//elsewhere/1 1x'>",
        "<img src='/formgrader?path=elsewhere'>",
        "<iframe srcdoc='<script>owned()</script>'></iframe>",
        "<svg><script>owned()</script></svg>",
        "<style>@import 'https://elsewhere/x.css'</style>",
        "<p style='background:url(https://elsewhere/x.png)'>x</p>",
        "<p style='cursor:url(//elsewhere/x.png),auto'>x</p>",
        "<p style='c\\75rsor:u\\72l(//elsewhere/x.png)'>x</p>",
        "<p style='position:fixed'>x</p>",
        "<form action='https://elsewhere/'><input name=x></form>",
        "<b class='full-credit' id='q1-answer'>x</b>",
        "<div class=nbgrader_cell><a name=q1-answer id=q1-answer-comment></a></div>",
        "<meta http-equiv=refresh content='0;url=https://elsewhere/'>",
        "<math><mtext></mtext><mglyph><style><img src=x onerror=owned()></style></mglyph></math>",
        "</div></div><div id=q1-answer>",
    ],
)
def test_what_acts_or_is_fetched_or_has_a_name_does_not_stay(hostile):
    assert wrong(clean(hostile)) == []
    assert wrong(clean_markdown({}, hostile)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_no_mixture_of_tricks_leaves_more_than_text(seed):
    source = markup(seed)
    for shown in (clean(source), clean_markdown({"cell": {"attachments": {"a.png": {"image/png": GIF}}}}, source)):
        assert wrong(shown) == []
    for output in map(sound_output, hostile_outputs(seed)):
        assert wrong(show_output({}, output)) == []
    assert wrong(highlight_code(source)) == []


def test_html_that_can_be_read_in_two_ways_or_has_no_end_is_shown_as_text():
    assert clean("<div>" * 200) == f"<pre>{'&lt;div&gt;' * 200}</pre>"
    assert clean_markdown({}, "**bold**").strip() == "<p><strong>bold</strong></p>"
    assert clean_markdown({}, "<" * (LONGEST + 1)) == f"<pre>{'&lt;' * (LONGEST + 1)}</pre>"
    assert clean("x" * 200_000).endswith("… (the rest is left out)</pre>")


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\frac{m_t}{1-\beta_1^t}", "<mfrac>"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", '<mtd style="text-align: right"><mi>a</mi></mtd>'),
        (r"\begin{pmatrix} 1 & 2 \end{pmatrix}", "<mtable>"),
        (r"\|\theta\|_2 \leq \mathbb{E}[x]", "<mi>𝔼</mi>"),
        (r"\text{a<b}", "<mtext>a&lt;b</mtext>"),
        (r"a \\ b", r"<code>$a \\ b$</code>"),
        (r"\frac", r"<code>$\frac$</code>"),
        ("{" * DEEPEST + "}" * DEEPEST, "<code>"),
        ("x" * 3000, "<code>"),
        (r"\def\a{\a\a}\a", "<code>"),
        (r"\rule{900em}{900em}", '<mspace mathbackground="black"></mspace>'),
        (r"\href{javascript:x}{y}", "<mrow><mi>y</mi></mrow>"),
    ],
)
def test_formulas_are_mathml_and_what_cannot_be_read_is_tex(latex, shown):
    assert shown in mathml(latex) and wrong(mathml(latex)) == []


def test_every_formula_of_the_lesson_is_drawn():
    cells = [cell for cell in nbformat.read(LESSON, as_version=4).cells if cell.cell_type == "markdown"]
    shown = "".join(clean_markdown({}, cell.source) for cell in cells)
    assert shown.count("<math") > 50 and "<code>$" not in shown


@pytest.fixture
def folder(tmp_path):
    """A folder as a submission's, with a picture in it, and things that only look like one."""
    png = b"\x89PNG\r\n\x1a\n" + bytes(20)
    inside = tmp_path / "mine"
    (inside / "sub").mkdir(parents=True)
    for path in ("mine/a.png", "mine/sub/b.PNG", "mine/with space.png", "secret.png"):
        (tmp_path / path).write_bytes(png)
    (inside / "text.png").write_text("the gradebook")
    (inside / "link.png").symlink_to(tmp_path / "secret.png")
    (inside / "linked").symlink_to(tmp_path)
    (inside / "large.png").write_bytes(png + bytes(LARGEST))
    os.mkfifo(inside / "pipe.png")
    return inside


def test_pictures_beside_the_notebook_are_put_into_the_page(folder):
    context = {"resources": {"metadata": {"path": str(folder)}}}
    for name in ("a.png", "sub/b.PNG", "with%20space.png"):
        for text in (f"![x]({name})", f'<img src="{name}">'):
            assert 'src="data:image/png;base64,iVBORw0KGgo' in clean_markdown(context, text), name
    for name in ("text.png", "link.png", "linked/secret.png", "../secret.png", "/etc/passwd", "large.png", "pipe.png",
                 "none.png", f"{folder}/a.png", "sub", "https://a.org/a.png"):  # fmt: skip
        shown = clean_markdown(context, f"![x]({name})")
        assert "<img" not in shown and f"[picture: {name}]" in shown, name
    assert clean_markdown({}, "![x](a.png)") == "<p>[picture: a.png]</p>\n"


def test_a_page_takes_in_no_more_pictures_than_it_can_hold(folder):
    (folder / "half.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(LARGEST // 2))
    shown = clean_markdown({"resources": {"metadata": {"path": str(folder)}}}, "![x](half.png)" * 5)
    assert shown.count("<img") == 1 and shown.count("[picture: half.png]") == 4


def test_a_pasted_picture_is_shown_once_and_a_lost_one_is_named():
    odd = {"image/png": '"><script>', "text/html": "<b>"}
    cell = {"attachments": {"work.png": {"image/png": GIF}, "odd.png": odd}}
    work = "![w](attachment:work.png)"
    shown = clean_markdown({"cell": cell}, f"{work} {work} ![o](attachment:odd.png)")
    assert shown.count("<img") == 1 and f"base64,{GIF}" in shown
    assert "[picture: work.png]" in shown and "[picture: odd.png]" in shown
    assert "[picture: gone.png]" in clean_markdown({}, "![g](attachment:gone.png)")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("my work.png", "![w](attachment:my%20work.png)"),
        ("my work.png", "![w](attachment:my work.png)"),
        ("my work.png", "![w](<attachment:my work.png>)"),
        ("my work.png", '<img src="attachment:my work.png" width="300"/>'),
        ("Lösung (1).png", "![w](attachment:L%C3%B6sung%20(1).png)"),
        ("Lösung (1).png", '<img src="attachment:Lösung (1).png">'),
        ("50%20off.png", "![w](attachment:50%20off.png)"),
        ("a&b.png", '<img src="attachment:a&amp;b.png">'),
        ('"><script>.png', '<img src="attachment:&quot;&gt;&lt;script&gt;.png">'),
    ],
)
def test_a_pasted_picture_may_have_any_name(name, source):
    shown = clean_markdown({"cell": {"attachments": {name: {"image/png": GIF}}}}, source)
    assert shown.count("<img") == 1 and f"base64,{GIF}" in shown and wrong(shown) == []
    lost = clean_markdown({"cell": {"attachments": {}}}, source)
    assert "<img" not in lost and wrong(lost) == []


@pytest.mark.parametrize(
    "source",
    [
        "![w](data:image/png;base64,{})",
        '<img src="data:image/png;base64,{}">',
        '![w](data:image/png;base64,{} "title")',
    ],
)
def test_a_picture_in_the_text_is_shown_however_large_it_is(source):
    large = GIF.rstrip("=") + "A" * 5 * LONGEST
    shown = clean_markdown({}, f"My work:\n\n{source.format(large)}\n\n*so it is*")
    assert f"base64,{large}" in shown and "<em>so it is</em>" in shown and wrong(shown) == []


@pytest.mark.parametrize(
    "source", ["![w](data:image/evil;base64,{})", "![w](data:text/html;base64,{})", '![w](data:image/png;base64,{}"x)']
)
def test_what_is_no_picture_in_the_text_is_not_shown_as_one(source):
    shown = clean_markdown({}, source.format(GIF))
    assert "<img" not in shown and wrong(shown) == []


@pytest.mark.parametrize("mime", MIMES)
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_output_of_any_type_with_any_value_is_shown(mime, odd):
    output = {"output_type": "display_data", "data": {mime: odd}, "metadata": {mime: odd, "isolated": odd}}
    assert wrong(show_output({}, sound_output(output))) == []
    if "/" in mime:  # else no child of ours has sent it
        (received,) = received_outputs([output | {"metadata": {}}])
        text = nbformat.writes(new_notebook(cells=[new_code_cell(outputs=[received])]))
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


@pytest.mark.parametrize(
    "output", [None, 7, [], {}, {"output_type": "x"}, {"output_type": "stream", "name": "stdout", "text": 7},
               {"output_type": "error", "ename": 1, "evalue": [2], "traceback": [3, None]}, {"output_type": []},
               {"output_type": "display_data", "data": [], "metadata": 7}, {"output_type": "stream", "text": "x"},
               {"output_type": "execute_result", "data": {}, "metadata": [], "execution_count": "x"}], ids=repr,
)  # fmt: skip
def test_what_is_no_output_is_shown_as_text(output):
    assert wrong(show_output({}, sound_output(output))) == []


def test_the_best_type_that_a_page_can_show_is_shown():
    both = new_output("display_data", data={"text/html": "<table><tr><td>1</td></tr></table>", "text/plain": "plain"})
    assert "<td>1</td>" in show_output({}, both) and "plain" not in show_output({}, both)
    for scripts in ("<script>owned()</script>", "<style>p {}</style>  "):
        nothing = new_output("display_data", data={"text/html": scripts, "text/plain": "plain"})
        assert "plain" in show_output({}, nothing) and "owned" not in show_output({}, nothing)
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "IntSlider(value=3)"}
    assert "IntSlider(value=3)" in show_output({}, new_output("display_data", data=widget))
    only = show_output({}, new_output("display_data", data={"application/json": {"a": [1, None]}}))
    assert 'application/json: {"a": [1, null]}' in Judge(only).text
    odd = sound_output({"output_type": "display_data", "data": {"application/json": float("nan")}, "metadata": {}})
    assert "NaN" in show_output({}, odd)


def test_an_svg_is_a_picture_and_not_a_part_of_the_page():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" id="q1-answer"><script>owned()</script></svg>'
    shown = show_output({}, new_output("display_data", data={"image/svg+xml": svg}))
    assert 'src="data:image/svg+xml;base64,' in shown and "q1-answer" not in shown


@pytest.fixture(scope="module")
def formgrader_exporter():
    """The exporter as nbgrader's formgrader makes it in the course's folder."""
    app = NbGrader()
    app.config_dir, app.load_cwd_config = str(DEFAULT_COURSE), False
    app.load_config_file()
    app.config.HTMLExporter.template_name = "formgrade"
    return FormgraderExporter(config=app.config)


def page_of(exporter, nb, **resources):
    about = {"assignment_id": ASSIGNMENT, "notebook_id": ASSIGNMENT, "submission_id": "s", "index": 0, "total": 1,
             "base_url": "", "student": "ada", "last_name": None, "first_name": None, "notebook_path": "p"}  # fmt: skip
    page, _ = exporter.from_notebook_node(nb, resources=about | resources)
    return page


@pytest.mark.filterwarnings("ignore:.*:nbformat.warnings.MissingIDFieldWarning")
def test_a_notebook_with_anything_in_it_has_a_page_in_the_formgrader(formgrader_exporter):
    nb = nbformat.read(LESSON, as_version=4)
    poison(nb, 1)
    nb.cells += [new_code_cell("x"), new_code_cell("y")]
    nb.cells[-2].metadata = from_dict({"tags": 7, "transient": [1], "nbgrader": "mine", "collapsed": "x"})
    nb.cells[-1].outputs = odd_outputs(2, number=200)
    nb.cells.append(new_markdown_cell("![x](attachment:gone.png)", attachments={}))
    nb.cells[-1].attachments = [1]
    nb.metadata["widgets"] = [{"state": 7}]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        page = page_of(formgrader_exporter, nb)
    assert "[picture: gone.png]" in page and HOST in page
    assert "celltag_" not in page


def test_a_students_name_is_not_markup(formgrader_exporter):
    name = "<img src=x onerror=owned()>"
    nb = new_notebook(cells=[new_markdown_cell("x")])
    page = page_of(formgrader_exporter, nb, student=name, notebook_path=f'"{name}')
    assert "<img" not in page and "onerror" in page
