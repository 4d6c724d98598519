"""The pictures: what they are drawn from is right, and whoever cannot see them is told."""

import base64
import io
import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from tinytorch import viz
from tinytorch.core.optimizers import SGD, Adam, AdamW, Optimizer
from tinytorch.core.tensor import Tensor

LANDSCAPES = [viz.RAVINE, viz.ROSENBROCK, viz.BEALE, viz.SADDLE]
every_landscape = pytest.mark.parametrize("landscape", LANDSCAPES, ids=lambda landscape: landscape.name)


@every_landscape
def test_the_loss_is_lowest_where_the_star_is(landscape):
    for x, y in landscape.lowest:
        assert landscape.loss(x, y) == pytest.approx(0, abs=1e-12)
    grid = np.meshgrid(np.linspace(*landscape.xlim, 101), np.linspace(*landscape.ylim, 101))
    assert (landscape.loss(*grid) >= 0).all()


@every_landscape
def test_its_gradient_by_autograd_is_its_slope(landscape):
    x, y = landscape.start[0] + 0.1, landscape.start[1] - 0.2
    point = Tensor([x, y], requires_grad=True, dtype=np.float64)
    landscape.loss(point[0], point[1]).backward()
    h = 1e-6
    slope = [
        (landscape.loss(x + h, y) - landscape.loss(x - h, y)) / (2 * h),
        (landscape.loss(x, y + h) - landscape.loss(x, y - h)) / (2 * h),
    ]
    np.testing.assert_allclose(point.grad.data, slope, rtol=1e-6)


def test_a_path_begins_at_the_start_and_follows_the_rule():
    path = viz.descend(viz.RAVINE, lambda params: SGD(params, lr=0.01), steps=5)
    factors = np.array([1 - 0.01, 1 - 0.30]) ** np.arange(6)[:, None]
    np.testing.assert_allclose(path, np.array(viz.RAVINE.start) * factors, rtol=1e-12)


def test_a_run_that_diverges_is_no_number_from_there_on():
    path = viz.descend(viz.RAVINE, lambda params: SGD(params, lr=1.0), steps=60)
    assert np.isfinite(path[0]).all() and np.isnan(path[-1]).all()
    assert "leaves the picture for good" in viz.paths(viz.RAVINE, {"SGD": path}).alt


@pytest.fixture
def figures(monkeypatch):
    """The figures of the pictures that are made, which the pictures themselves do not keep."""
    kept = []

    class Kept(viz.Picture):
        def __init__(self, fig, *args, **settings):
            kept.append(fig)
            super().__init__(fig, *args, **settings)

    monkeypatch.setattr(viz, "Picture", Kept)
    return kept


def shown(picture):
    """What Jupyter gets: the description in the image's alt text, and the image."""
    page = picture._repr_mimebundle_()["text/html"]
    alt, data = re.search(r'<img alt="([^"]*)".*?base64,([^"]+)"', page, re.DOTALL).groups()
    return alt, Image.open(io.BytesIO(base64.b64decode(data)))


def test_a_picture_carries_its_description():
    picture = viz.Picture(Figure(figsize=(8, 4)), 'a "quoted" <word> & more')
    alt, image = shown(picture)
    assert alt == "a &quot;quoted&quot; &lt;word&gt; &amp; more"
    assert image.size[0] > 900
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert picture._repr_mimebundle_()["text/plain"] == picture.alt


def test_optimizers_stay_apart_without_color():
    looks = list(viz.LOOK.values())
    for key in ("color", "ls", "marker"):
        assert len({look[key] for look in looks}) == len(looks)
    assert viz.look("Adam") == viz.look("your Adam") == viz.LOOK["Adam"]


def test_no_optimizer_has_the_color_of_anything_else():
    looks, others = list(viz.LOOK.values()), viz.OTHERS
    for key in ("color", "ls", "marker"):
        assert len({look[key] for look in others}) == len(others)
    assert not {look["color"] for look in looks} & {look["color"] for look in others}
    assert viz.look("another name", 5) == others[1]


def test_runs_of_one_optimizer_have_shades_of_its_color():
    runs = [viz.look(f"SGD, lr = {lr}", position) for position, lr in enumerate((0.1, 0.2, 0.3, 0.4))]
    assert len({run["color"] for run in runs}) == len({run["ls"] for run in runs}) == 4
    assert all(run["color"][0] > run["color"][2] for run in runs)  # all are orange, as SGD is
    assert viz.look("Lion, lr = 0.1", 0) == viz.OTHERS[0]


def test_the_race_needs_nothing_from_the_web():
    runs = {name: viz.descend(viz.BEALE, lambda params: Adam(params, lr=0.1), steps=8) for name in ("SGD", "Adam")}
    page = viz.race(viz.BEALE, runs, frames=4)._repr_mimebundle_()["text/html"]
    assert "http" not in page and "<link" not in page and "<i class" not in page
    for sign in viz.SIGNS.values():
        assert f">{sign}</button>" in re.sub(r"\s+", "", page)
    assert len(re.findall(r'frames\[\d+\] = "data:image/png;base64,', page)) == 4
    alt, still = shown(viz.race(viz.BEALE, runs, frames=4))
    assert "race over Beale's function for 8 steps" in alt.replace("&#x27;", "'")
    assert still.size[0] > 500


def test_the_memory_chart_says_what_fits():
    draw = viz.memory_chart({"Adam": [(1e6, 16e6)]})
    assert "At 7 billion parameters: SGD: 56 GB, fits 80 GB" in draw(7e9).alt
    assert "Adam and AdamW: 112 GB, fits 192 GB. Rings: measured" in draw(7e9).alt
    assert draw(7e9, "bfloat16").alt.endswith("Adam and AdamW: 56 GB, fits 80 GB.")
    assert "SGD: 8,000 GB, fits none of these cards" in draw(1e12, "mixed").alt


def test_the_zero_chart_says_from_how_many_devices_it_fits():
    alt = viz.zero_chart(7.5e9, card=40).alt
    assert "no sharding never fits" in alt and "ZeRO-1: state fits from 16 devices" in alt


class Handle:
    """Stands for IPython's display: remembers what was shown, and what it was replaced with."""

    def __init__(self):
        self.shown = []

    def __call__(self, thing, **options):
        self.shown.append(thing)
        return self

    def update(self, thing, **options):
        self.shown.append(thing)


@pytest.fixture
def handle(monkeypatch):
    handle = Handle()
    monkeypatch.setattr(viz, "display", handle)
    return handle


def pixels(picture):
    return np.asarray(shown(picture)[1].convert("RGB")).astype(int)


def test_a_slider_changes_the_picture_that_is_there_without_it(handle):
    lr = viz.slider("learning rate", np.geomspace(0.01, 1, 5), 0.02)
    draw = viz.path_under(viz.RAVINE, lambda params, lr: SGD(params, lr=lr))
    viz.sliders(draw, lr=lr)
    first, controls = handle.shown
    assert controls.children == (lr,)
    assert first["text/plain"].endswith("With lr = 0.02: loss 3.59 after 60 steps.")
    assert '["learning rate"]' in first["text/html"].partition("<script>")[2]
    lr.value = 1.0
    assert handle.shown[-1].alt.endswith("With lr = 1: leaves for good.")
    lr.value = 0.02
    assert handle.shown[-1].alt == first["text/plain"]
    assert handle.shown[-1]._repr_mimebundle_()["text/html"] == first["text/html"].partition("<script>")[0]


def test_what_moves_leaves_no_trace_and_the_rest_is_there():
    draw = viz.path_under(viz.RAVINE, lambda params, lr: SGD(params, lr=lr))
    before, other = pixels(draw(lr=0.02)), pixels(draw(lr=0.06))
    again = pixels(draw(lr=0.02))
    assert np.array_equal(before, again) and not np.array_equal(before, other)
    orange = np.abs(before - (0xD5, 0x5E, 0x00)).sum(axis=2) < 30
    grey = np.abs(before - 0xC7).sum(axis=2) < 30
    assert orange.sum() > 500 and grey.sum() > 2000, "the path, and the contours below it"


def test_a_slider_stands_at_what_it_says_and_the_picture_says_the_same():
    slider = viz.slider("learning rate", np.geomspace(0.001, 0.2, 116), 0.02)
    draw = viz.path_under(viz.RAVINE, lambda params, lr: SGD(params, lr=lr), steps=3)
    for label, value in slider.options[::20]:
        assert float(label) == value and f"lr = {label}: " in draw(lr=value).alt
    sizes = viz.slider("parameters", viz.MODEL_SIZES, 7e9, viz.count_in_words)
    assert sizes.label == "7 billion" and sizes.options[0] == ("1 million", 1e6) and len(sizes.options) == 103
    chart = viz.memory_chart()
    for label, value in sizes.options[::20]:
        assert f"At {label} parameters" in chart(value).alt


def test_progress_yields_everything_and_says_so(handle):
    assert list(viz.progress(range(50), "runs")) == list(range(50))
    assert handle.shown[0] == {"text/plain": "runs: 0 of 50"}
    assert handle.shown[-1] == {"text/plain": "runs: 50 of 50"}
    assert len(handle.shown) <= 21


# --- before a picture is drawn -----------------------------------------------------------------------------------------


class NotWritten(SGD):
    def step(self):
        raise NotImplementedError()


class Breaks(Adam):
    def step(self):
        return self.m_bufers


class StaysPut(SGD):
    def step(self):
        self.step_count += 1


class Explodes(SGD):
    def step(self):
        self.params[0].data[:] = np.nan


class KeepsNothing(Adam):
    def step(self):
        self.params[0].data -= 0.1


class LeavesGradients(AdamW):
    def zero_grad(self):
        pass


class NoPartOne(SGD):
    def zero_grad(self):
        raise NotImplementedError()


@pytest.mark.parametrize(
    ("subject", "named", "says"),
    [
        (NotWritten, "SGD", "SGD.step() is not written"),
        (Breaks, "Adam", "Adam.step() stops with AttributeError: 'Adam' object has no attribute 'm_bufers'"),
        (StaysPut, "SGD", "SGD.step() does not move"),
        (Explodes, "SGD", "SGD.step() does not move the parameters to new finite values"),
        (KeepsNothing, "Adam", "Adam.m_buffers should be a list of arrays"),
        (LeavesGradients, "AdamW", "Optimizer.zero_grad() leaves a gradient behind"),
        (NoPartOne, "SGD", "Optimizer.zero_grad() is not written"),
    ],
)
def test_what_is_missing_is_said_in_one_line(subject, named, says):
    with pytest.raises(viz.NotReady) as error:
        viz.ready(SGD, type(named, (subject,), {}))
    (line,) = error.value._render_traceback_()
    assert says in line and "\n" not in line


def test_who_is_ready_is_let_through():
    assert viz.ready(SGD, Adam, AdamW) is None
    assert issubclass(SGD, Optimizer)


# --- in blocks, and in action ---------------------------------------------------------------------------------------


def test_a_picture_of_blocks_says_where_it_is_quickest(figures):
    blocks, seconds = np.array([512, 4096, 65536]), np.array([0.008, 0.002, 0.004])
    picture = viz.block_times(blocks, seconds, {"your first Adam": 0.01, "its bytes alone": 0.0015}, "A step")
    assert "8 ms with 512, 2 ms at best, with 4,096, 4 ms with 65,536" in picture.alt
    assert picture.alt.endswith("Beside it: your first Adam 10 ms, its bytes alone 1.5 ms.")
    across = [line.get_ydata()[0] for line in figures[0].axes[0].lines[:2]]
    np.testing.assert_allclose(across, [10, 1.5])


def test_curves_are_averaged_and_keep_their_steps(figures):
    picture = viz.curves({"a": list(range(20)), "b": [1.0] * 20}, "Two", width=5, at=7)
    first, second, mark = figures[0].axes[0].lines
    np.testing.assert_allclose(first.get_xdata(), first.get_ydata() + 2)  # the mean of five stands at their last
    assert set(second.get_ydata()) == {1.0} and set(mark.get_xdata()) == {7}
    assert picture.alt == "Two. training loss: a: 2 at first, 17 at last; b: 1 at first, 1 at last."


def test_optimizers_are_taken_from_the_package():
    assert viz.exported("Adam", "SGD") == [Adam, SGD]
    with pytest.raises(viz.NotReady, match="^your package lacks RMSprop and Lion. Write what is missing in 07_opt"):
        viz.exported("RMSprop", "Adam", "Lion")


def test_an_optimizer_that_is_not_finished_is_named(monkeypatch):
    monkeypatch.setattr("tinytorch.core.optimizers.SGD", type("SGD", (NotWritten,), {}))
    with pytest.raises(viz.NotReady, match=r"SGD.step\(\) is not written"):
        viz.exported("SGD")


def test_a_module_that_cannot_be_imported_is_said_in_one_line(monkeypatch):
    def broken(name):
        raise NameError("name 'np' is not defined")

    monkeypatch.setattr(viz, "import_module", broken)
    with pytest.raises(viz.NotReady, match="cannot be imported: NameError: name 'np' is not defined$"):
        viz.exported("SGD")


def test_the_family_has_every_optimizer_and_shows_where_its_decay_stands():
    columns = [column.strip() for column in viz.COLUMNS]
    assert list(viz.FAMILY) == list(viz.LOOK)
    for name, texts in viz.FAMILY.items():
        decays = [position for position, text in enumerate(texts) if columns[position] == "decay" and text]
        after_the_step = [position > columns.index("step") for position in decays]
        assert after_the_step == [name == "AdamW"]
        assert bool(texts[columns.index("state")]) == (name != "SGD")
    assert all(name in viz.family().alt for name in ("Optimizer", "SGD", "Adam", "AdamW"))


def test_the_limit_of_scaling_stands_at_its_learning_rate(figures):
    sizes, lrs = np.array([8, 16, 32]), np.array([0.1, 0.2, 0.4])
    losses = {"scaled": np.ones((3, 2)), "kept": np.full((3, 2), 0.5)}
    picture = viz.scaling(sizes, lrs, losses, limit=0.2)
    (limit,) = [line for line in figures[0].axes[0].lines if len(set(line.get_xdata())) == 1]
    assert limit.get_xdata()[0] == pytest.approx(16)
    assert "kept: 0.5 with batches of 8, 0.5 with 32" in picture.alt


def test_the_picture_of_noise_says_how_long_it_is():
    picture = viz.batch_noise({"batches of 8": (np.ones(3), np.array([1.0, 2.0, 3.0]))})
    assert "batches of 8: noise 2 times the slope" in picture.alt
