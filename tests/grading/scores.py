"""What the sample class must get: the checks that fail, by student. Everybody else's mistake costs nothing else."""

SGD = {
    f"sgd-{check}" for check in ("defaults", "step", "momentum", "weight-decay", "gradients", "get-state", "set-state")
}
ADAM = {f"adam-{check}" for check in ("defaults", "moments", "bias-correction", "epsilon", "weight-decay", "gradients")}

FAILED = {
    "perfect": set(),
    "untouched": None,  # everything
    "adam-broken-cell": ADAM,
    "adam-epsilon-in-root": {"adam-epsilon"},
    "adam-m-uncorrected": {"adam-bias-correction", "adam-epsilon"},
    "adamw-coupled": {"adamw-decay", "adamw-moments"},
    "edited-tests": {"adam-epsilon"},
    "no-notebook": None,
    "not-json": None,
    "optimizer-zeros-gradients": {"optimizer-zero-grad"},
    "sgd-averaged-velocity": {"sgd-momentum", "sgd-weight-decay"},
    "sgd-import-error": SGD,
    "sgd-state-not-copied": {"sgd-get-state"},
    "sgd-stops-at-missing-gradient": {"sgd-gradients"},
}

SCORES = {
    "perfect": 100.0,
    "untouched": 0.0,
    "adam-broken-cell": 65.0,
    "adam-epsilon-in-root": 96.0,
    "adam-m-uncorrected": 86.0,
    "adamw-coupled": 86.0,
    "edited-tests": 96.0,
    "no-notebook": 0.0,
    "not-json": 0.0,
    "optimizer-zeros-gradients": 94.0,
    "sgd-averaged-velocity": 88.0,
    "sgd-import-error": 70.0,
    "sgd-state-not-copied": 97.0,
    "sgd-stops-at-missing-gradient": 96.0,
}
