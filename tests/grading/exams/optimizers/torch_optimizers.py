"""torch.optim behind the lesson's interface, and random cases, to hold the oracle against.

Run as a script, it records traces of torch into torch_traces.npz, so that the comparison needs no torch.
"""

from pathlib import Path

import numpy as np
from diagnosis.case import Call, Case
from diagnosis.trace import Moment, Trace, make_trace

from tinytorch.core.tensor import Tensor

RECORDED = Path(__file__).with_name("torch_traces.npz")
RECORDED_CASES = 100
BUFFERS = {
    "SGD": {"momentum_buffers": "momentum_buffer"},
    "Adam": {"m_buffers": "exp_avg", "v_buffers": "exp_avg_sq"},
    "AdamW": {"m_buffers": "exp_avg", "v_buffers": "exp_avg_sq"},
}


def torch_class(torch, subject):
    """torch.optim's class of that name, as a class that takes our Tensors."""

    class Adapted:
        def __init__(self, params, **settings):
            self.params, self.step_count = params, 0
            self.theirs = [torch.from_numpy(p.data.astype(np.float64)).requires_grad_() for p in params]
            self.optimizer = getattr(torch.optim, subject)(self.theirs, **settings)

        def __setattr__(self, name, value):
            if name == "lr":
                self.optimizer.param_groups[0]["lr"] = value
            super().__setattr__(name, value)

        def step(self):
            self.step_count += 1
            for param, their in zip(self.params, self.theirs, strict=True):
                grad = param.grad.data if isinstance(param.grad, Tensor) else param.grad
                their.grad = None if grad is None else torch.from_numpy(np.array(grad, dtype=np.float64))
            self.optimizer.step()
            for param, their in zip(self.params, self.theirs, strict=True):
                param.data = their.detach().numpy().copy()

        def __getattr__(self, name):
            if name not in BUFFERS[subject]:
                raise AttributeError(name)
            states = [self.optimizer.state[their].get(BUFFERS[subject][name]) for their in self.theirs]
            return [None if state is None else state.numpy().copy() for state in states]

    return Adapted


def random_case(subject: str, rng: np.random.Generator) -> Case:
    """Any hyperparameters, gradients of any size, some missing, and a learning rate that changes."""
    shapes = [(), (2,), (2, 2)]
    settings = {
        "lr": float(10 ** rng.uniform(-4, 0)),
        "weight_decay": float(rng.choice([0.0, 10 ** rng.uniform(-4, 0)])),
    }
    if subject == "SGD":
        settings["momentum"] = float(rng.choice([0.0, 0.9, rng.uniform(0, 0.999)]))
    else:
        settings["betas"] = (float(rng.choice([0.9, rng.uniform(0, 0.999)])), float(rng.uniform(0, 0.9999)))
        settings["eps"] = float(10 ** rng.uniform(-10, 0))
    calls = [Call("new", ((), settings))]
    for _ in range(6):
        scale = 10 ** rng.uniform(-4, 3)
        gradients = [None if rng.random() < 0.2 else ("array", np.asarray(scale * rng.normal(size=s))) for s in shapes]
        calls += [Call("gradients", gradients), Call("step")]
        if rng.random() < 0.3:
            calls.append(Call("set", ("lr", float(10 ** rng.uniform(-4, 0)))))
    return Case(subject, tuple(np.asarray(rng.normal(size=s)) for s in shapes), tuple(calls))


def cases(subject: str, count: int) -> list[Case]:
    rng = np.random.default_rng([7, *subject.encode()])
    return [random_case(subject, rng) for _ in range(count)]


def rows(case: Case, trace: Trace) -> np.ndarray:
    """All parameters and buffers after every call, one call a row; not a number where torch has no buffer yet."""

    def flat(moment):
        lists = [moment.params, *(moment.buffers[name] for name in BUFFERS[case.subject])]
        for values in lists:
            for value, param in zip(values, case.params, strict=True):
                yield np.full(param.size, np.nan) if value is None else np.ravel(value)

    return np.array([np.concatenate(list(flat(moment))) for moment in trace.moments])


def trace_from(case: Case, numbers: np.ndarray) -> Trace:
    """The trace that `rows` was called on, as far as the oracle looks at it."""
    trace = Trace()
    ends = np.cumsum([param.size for _ in range(1 + len(BUFFERS[case.subject])) for param in case.params])
    for row in numbers:
        pieces = iter(np.split(row, ends[:-1]))
        lists = [
            [next(pieces).reshape(param.shape) for param in case.params] for _ in range(1 + len(BUFFERS[case.subject]))
        ]
        known = [[None if np.isnan(value).all() else value for value in values] for values in lists]
        trace.moments.append(
            Moment(
                params=known[0],
                grads=[None] * len(case.params),
                buffers=dict(zip(BUFFERS[case.subject], known[1:], strict=True)),
            )
        )
    return trace


def torch_trace(torch, case: Case) -> Trace:
    # its first step imports a lot
    return make_trace(case, torch_class(torch, case.subject), Tensor, seconds=120.0, in_all=120.0)


if __name__ == "__main__":
    import torch

    recorded = {
        f"{subject}.{i}": rows(case, torch_trace(torch, case))
        for subject in BUFFERS
        for i, case in enumerate(cases(subject, RECORDED_CASES))
    }
    np.savez_compressed(RECORDED, torch_version=np.array(torch.__version__), **recorded)
    print(f"{len(recorded)} traces of torch {torch.__version__} in {RECORDED}")
