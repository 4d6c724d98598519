"""Where the lesson tells students what the checks ask: a sentence of its text, a docstring or a visible test."""

# What a check looks at after a call, by the names of its fields.
FIELDS = {
    "signature": ("Names, order and defaults are those of `torch.optim`.",),
    "settings": ("of {name}(params), a default: should be {value}, yours is {yours}",
                 "Settings such as `lr` may change between two steps"),
    "params": ("moves every parameter that has a gradient, and counts the call in `step_count`",),
    "same_params": ("`params` holds the very tensors that were given.",),
    "momentum_buffers": ("The velocity of each parameter, in its shape and dtype; None until that parameter is first",),
    "m_buffers": ("The uncorrected averages of each parameter's gradient and of its square",),
    "v_buffers": ("The uncorrected averages of each parameter's gradient and of its square",),
    "buffer_names": ("{name} should be a list with one entry for each parameter; yours has none",),
    "unused_state": ("None, or any state for an optimizer without momentum, changes nothing.",),
    "kept": ("A parameter without a gradient is left as it is, with its buffers.",
             "Clearing a gradient leaves everything else alone"),
    "moves": ("A gradient of zeros is a gradient.", "Those after it still get their turn."),
    "grads": ("It is read and never written to, and the same one may serve for two steps.",
              "To make an optimizer changes neither them nor their gradients."),
    "cleared": ("\"No gradient yet\" is written the way Module 06 writes it: ``param.grad`` is None.",),
    "dtype": ("Its data keeps its shape and its dtype, `float32` or `float64`.",),
    "step_count": ("It adds one to `step_count` with every call, also if nothing moves.",),
    "buffer_types": ("The velocity of each parameter, in its shape and dtype; None until that parameter is first",
                     "The uncorrected averages of each parameter's gradient and of its square, in the parameter's "
                     "shape and dtype;"),
    "count_kept": ("The next step starts from this state, and ``step_count`` stays as it is.",),
    "returned": ("Whether this optimizer keeps a velocity.",
                 "A copy of each parameter's velocity (None where there is none yet). Without momentum, None."),
    "held": ("The state that leaves the optimizer, and the state that enters it, should be copies.",),
    "twin": ("A fresh optimizer with the old one's state must do exactly what the old one does.",),
}  # fmt: skip

EVERY_STEP = (
    "A parameter may be a scalar, of shape `()`, or have any number of axes.",
    "A gradient may be a `Tensor` or an array.",
    "The rule is the same in the first step and in the thousandth, for tiny and for huge gradients, for every entry of "
    "an array.",
    "Settings such as `lr` may change between two steps, and so may `param.data`, when a model is loaded.",
    "A learning rate of 0 is a learning rate.",
    "What an optimizer remembers is its own, and so is what it remembers of each parameter: nothing is kept on the "
    "class or shared by parameters of one shape.",
)
DECAY_OF_AN_L2_PENALTY = "SGD adds it to $g$ before doing anything else"
AVERAGES = (
    "$$m \\leftarrow \\beta_1 m + (1-\\beta_1)\\, g", "$$v \\leftarrow \\beta_2 v + (1-\\beta_2)\\, g^2",
    "The buffers keep the *uncorrected* averages.",
)  # fmt: skip
WITHOUT_A_GRADIENT = (
    "A parameter without a gradient is left as it is, with its buffers.",
    "a parameter whose grad is None should neither move nor decay; it",
    "a scalar parameter, with an array as its gradient, should move; yours did not",
    "a gradient that is {what}, which step() reads and never writes to,",
    "a parameter keeps its dtype and shape: {dtype} became {yours}",
    "after two steps step_count should be 2, yours is {optimizer.step_count}",
)

# What each check asks beyond that, by its name.
CHECKS = {
    "optimizer.zero_grad": ("Clear the gradient of every parameter.",
                            "every parameter's grad should be None; the last one's is {b.grad}"),
    "optimizer.interface": ("How to move is left to its subclasses.",
                            "Move every parameter once. Each subclass says how.",
                            "zero_grad() is no step: step_count should be 0, yours is {optimizer.step_count}"),
    "sgd.defaults": ("| `SGD` | `lr=0.01, momentum=0.0, weight_decay=0.0` | `momentum_buffers` |",),
    "sgd.step": ("$$p \\leftarrow p - \\text{lr}\\cdot g$$", *EVERY_STEP),
    "sgd.momentum": ("$$v \\leftarrow \\beta\\, v + g \\qquad\\qquad p \\leftarrow p - \\text{lr}\\cdot v$$",
                     "A buffer that is None is a velocity of zeros that nobody has made yet.", *EVERY_STEP),
    "sgd.weight_decay": (DECAY_OF_AN_L2_PENALTY, "the velocity, where the decay 0.5 * 2 is a gradient of 1,"),
    "sgd.gradients": WITHOUT_A_GRADIENT,
    "sgd.get_state": ("has_momentum() should be {right} with momentum={momentum}, yours is {yours}",
                      "What you get is a copy, whatever happens to it or to the optimizer later."),
    "sgd.set_state": ("If the number of velocities or a shape does not fit the parameters. Then nothing has changed.",
                      "What ``get_momentum_state`` returned, in the dtype of the parameters.",
                      "A None in the list says that this parameter has no velocity; an older one goes.",
                      "The next step starts from this state, and ``step_count`` stays as it is.",
                      "None, or any state for an optimizer without momentum, changes nothing."),
    "adam.defaults": (
        "| `Adam` | `lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0` | `m_buffers`, `v_buffers` |",),
    "adam.moments": AVERAGES,
    "adam.bias_correction": ("Knowing by how much each falls short, divide it out:", "$t$ counts steps from 1.",
                             *EVERY_STEP),
    "adam.epsilon": ("{\\sqrt{\\hat v} + \\epsilon}$$", "w after a step of 0.3 * 1 / (1 + 0.5)"),
    "adam.weight_decay": ("$\\lambda p$ is added to $g$ first, and so it enters both averages.",),
    "adam.gradients": WITHOUT_A_GRADIENT,
    "adamw.defaults": (
        "| `AdamW` | `lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01` | `m_buffers`, `v_buffers` |",),
    "adamw.step": ("**Check: without decay, AdamW is Adam.**", *EVERY_STEP),
    "adamw.decay": ("Every step shrinks a parameter by the fraction ``lr * weight_decay``, whatever its gradient.",
                    "PyTorch shrinks first and then steps. Either is right here", "A parameter without a gradient does "
                    "not decay either."),
    "adamw.moments": ("Take the Adam step with the pure gradient", "As in ``Adam``, from the pure gradient."),
    "adamw.gradients": WITHOUT_A_GRADIENT,
}  # fmt: skip


def announced(name: str, fields: frozenset[str]) -> tuple[str, ...]:
    """All that tells students what a check asks, which looks at these fields."""
    return (*CHECKS[name], *(text for field in sorted(fields) for text in FIELDS[field]))
