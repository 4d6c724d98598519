"""Misconceptions that have a check of their own, for the checks that cannot but see them too."""

DIRECTIONS = (
    "step.uphill", "step.replaces", "step.constant_lr", "step.scheduled", "gradient.clipped", "gradient.one_number",
)  # fmt: skip
AVERAGES = (
    "adam.m_sum", "adam.v_sum", "adam.betas_swapped", "adam.one_beta", "adam.v_not_square", "adam.v_never_shrinks",
    "adam.start", "adam.stores_corrected", "adam.weights_swapped", "adam.mixed_betas", "adam.no_memory",
    "adam.names_swapped", "adam.one_array", "adam.shared_v", "adam.parentheses", "state.shared", "state.asked_twice",
    "gradient.clipped", "gradient.one_number",
)  # fmt: skip
CORRECTIONS = (
    "adam.no_correction", "adam.m_uncorrected", "adam.v_uncorrected", "adam.corrects_briefly", "adam.one_correction",
    "adam.t_*", "adam.not_power", "adam.multiplies_correction", "adam.correction_parentheses", "adam.corrected_again",
)  # fmt: skip
STEPS = (
    "adam.no_root", "adam.no_m", "adam.lookahead", "adam.amsgrad", "adam.step_scale", "adam.shared_root",
    "adam.late", "adam.sign_only", "adam.roles_swapped", "gradient.sparse", "step.uphill", "step.replaces",
    "step.fixed_lr", "step.constant_lr", "step.scheduled",
)  # fmt: skip
COUNT = ("step_count.wrong",)  # where bias correction goes by it
