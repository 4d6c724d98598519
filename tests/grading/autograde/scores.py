"""What the sample class must get: the checks that fail, by student. Everybody else's mistake costs nothing else.

The ten points for explanations are given by hand, later: until then 90 is the most.
"""

SGD = {
    f"sgd-{check}" for check in ("defaults", "step", "momentum", "weight-decay", "gradients", "get-state", "set-state")
}
ADAM = {f"adam-{check}" for check in ("defaults", "moments", "bias-correction", "epsilon", "weight-decay", "gradients")}

FAILED = {
    "perfect": set(),
    "untouched": None,  # everything
    "adam-broken-cell": ADAM,
    "adam-epsilon-in-root": {"adam-epsilon"},
    "adam-m-uncorrected": {"adam-bias-correction"},
    "adamw-coupled": {"adamw-decay", "adamw-moments"},
    "edited-tests": {"adam-epsilon"},
    "no-notebook": None,
    "not-json": None,
    "optimizer-zeros-gradients": {"optimizer-zero-grad"},
    "sgd-averaged-velocity": {"sgd-momentum"},
    "sgd-import-error": SGD,
    "sgd-state-not-copied": {"sgd-get-state"},
    "sgd-stops-at-missing-gradient": {"sgd-gradients"},
}

SCORES = {
    "perfect": 90.0,
    "untouched": 0.0,
    "adam-broken-cell": 63.0,
    "adam-epsilon-in-root": 87.0,
    "adam-m-uncorrected": 82.0,
    "adamw-coupled": 79.0,
    "edited-tests": 87.0,
    "no-notebook": 0.0,
    "not-json": 0.0,
    "optimizer-zeros-gradients": 86.0,
    "sgd-averaged-velocity": 84.0,
    "sgd-import-error": 65.0,
    "sgd-state-not-copied": 87.0,
    "sgd-stops-at-missing-gradient": 87.0,
}
