"""What the sample class must get: the checks that fail, by student. Everybody else's mistake costs nothing else."""

SGD = {"sgd-step", "sgd-momentum", "sgd-weight-decay", "sgd-gradients", "sgd-state"}
ADAM = {"adam-moments", "adam-bias-correction", "adam-epsilon", "adam-weight-decay", "adam-gradients"}

FAILED = {
    "perfect": set(),
    "untouched": None,  # everything
    "adam-broken-cell": ADAM,
    "adam-epsilon-in-root": {"adam-bias-correction", "adam-epsilon"},
    "adam-no-correction": {"adam-bias-correction", "adam-epsilon", "adam-gradients"},
    "adamw-coupled": {"adamw-decay", "adamw-moments"},
    "edited-tests": {"adam-bias-correction", "adam-epsilon"},
    "no-notebook": None,
    "not-json": None,
    "optimizer-zeros-gradients": {"optimizer-zero-grad"},
    "sgd-averaged-velocity": {"sgd-momentum", "sgd-weight-decay", "sgd-gradients", "sgd-state"},
    "sgd-import-error": SGD,
    "sgd-state-not-copied": {"sgd-state"},
    "sgd-stops-at-missing-gradient": {"sgd-gradients"},
}

SCORES = {
    "perfect": 100.0,
    "untouched": 0.0,
    "adam-broken-cell": 65.0,
    "adam-epsilon-in-root": 85.0,
    "adam-no-correction": 80.0,
    "adamw-coupled": 85.0,
    "edited-tests": 85.0,
    "no-notebook": 0.0,
    "not-json": 0.0,
    "optimizer-zeros-gradients": 94.0,
    "sgd-averaged-velocity": 77.0,
    "sgd-import-error": 70.0,
    "sgd-state-not-copied": 94.0,
    "sgd-stops-at-missing-gradient": 96.0,
}
