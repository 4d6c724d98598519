"""Outputs of cells as plain HTML: pictures with alt text, animations and widgets that need no network."""

import html
import re

from bs4 import BeautifulSoup, Tag
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_output

from .folds import is_answer

HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
VIEW = "application/vnd.jupyter.widget-view+json"
FRAME = re.compile(r'frames\[\d+\] = "(data:image/png;base64,[^"]+)"')
STRIP = 6  # frames of an animation on paper
STATE = "application/vnd.jupyter.widget-state+json"


def plain_outputs(nb: NotebookNode) -> NotebookNode:
    """Every output as something that a page can show by itself; what is said to stderr is left out."""
    widgets = nb.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
    section = ""
    for cell in nb.cells:
        if cell.cell_type == "markdown" and not is_answer(cell):  # whose markers look like headings
            section = ([section] + HEADING.findall(cell.source))[-1]
        cell.metadata.section = section
        if cell.cell_type == "code":
            shown = [one for output in cell.outputs for one in without_widgets(output, widgets)]
            shown = [output for output in shown if output.get("name") != "stderr"]
            cell.outputs = [plain(output, fallback=f"Plot: {section}") for output in shown]
    return nb


def html_cell(shown: str) -> NotebookNode:
    """A cell that shows some HTML, and no code."""
    cell = new_code_cell(outputs=[new_output("display_data", {"text/html": shown})])
    cell.metadata.transient = NotebookNode(remove_source=True)
    return cell


def without_widgets(output: NotebookNode, widgets: dict) -> list[NotebookNode]:
    """A view of a widget as where its controls stand, and what it shows there; any other output as it is."""
    if VIEW not in output.get("data", {}):
        return [output]
    others = {kind: data for kind, data in output.data.items() if kind not in (VIEW, "text/plain")}
    if others:
        return [NotebookNode({**output, "data": NotebookNode(others)})]
    controls, shown = [], []
    for state in family(output.data[VIEW]["model_id"], widgets):
        if state.get("description") and "value" in state:
            controls.append(f"<li>{html.escape(state['description'])} = {html.escape(str(state['value']))}</li>")
        shown += map(from_dict, state.get("outputs", ()))
    if controls:
        note = f"<p>In the notebook these move:</p><ul>{''.join(controls)}</ul>"
        shown.insert(0, new_output("display_data", {"text/html": f'<div class="controls">{note}</div>'}))
    return shown


def family(model_id: str, widgets: dict):
    """The state of a widget and of all that it holds."""
    state = widgets.get(model_id, {}).get("state", {})
    yield state
    for child in state.get("children", ()):
        yield from family(child.removeprefix("IPY_MODEL_"), widgets)


def plain(output: NotebookNode, fallback: str) -> NotebookNode:
    """One output; every picture in it has alt text, if need be `fallback`."""
    data, metadata = output.get("data", {}), output.get("metadata", {})
    if "text/html" in data:
        data["text/html"] = plain_html(data["text/html"], fallback)
    elif picture := next((kind for kind in ("image/png", "image/jpeg") if kind in data), None):
        about = {**metadata, **metadata.get(picture, {})}
        size = "".join(f' {side}="{about[side]}"' for side in ("width", "height") if side in about)
        alt = html.escape(about.get("alt") or fallback)
        source = f"data:{picture};base64,{data[picture].replace(chr(10), '')}"
        data["text/html"] = f'<img class="picture" src="{source}" alt="{alt}"{size}>'
    return output


def plain_html(text: str, fallback: str) -> str:
    """HTML without style sheets from elsewhere, such as the icons of matplotlib's animations, and with alt texts."""
    if "<link" not in text and "<img" not in text:
        return text
    soup = BeautifulSoup(text, features="html.parser")
    for link in soup.select("link[rel=stylesheet][href]"):
        link.decompose()
    for picture in soup.select("img:not([alt])"):
        picture["alt"] = fallback
    if not soup.select(".animation"):
        for script in soup.select("script"):
            script.decompose()  # for what moves in the notebook, and on a page does not
    for picture in soup.select("img:not(.animation *)"):
        picture["class"] = ["picture"]
    for slider in soup.select(".animation input[type=range]"):
        slider["aria-label"] = "Frame"
    for player in soup.select(".animation"):
        player.append(strip(soup, FRAME.findall(text.replace("\\\n", ""))))
    return str(soup)


def strip(soup: BeautifulSoup, frames: list[str]) -> Tag:
    """Some frames of an animation side by side, for paper, on which nothing moves."""
    made = soup.new_tag("div", attrs={"class": "strip"})
    count = min(len(frames), STRIP)
    for position in range(count):
        frame = frames[position * (len(frames) - 1) // max(count - 1, 1)]
        made.append(soup.new_tag("img", attrs={"src": frame, "alt": f"Frame {position + 1} of {count}"}))
    return made
