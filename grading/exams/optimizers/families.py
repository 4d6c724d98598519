"""What a next lecture could do about a misconception: one suggestion for each family of them."""

from grading.examiner import Family

FAMILIES = (
    Family(
        "Constructors and defaults",
        ("*.interface", "settings.*"),
        "Construct each optimizer by position and by name, before any step, and read the attributes back. What "
        "would code break on that was written against the interface?",
    ),
    Family(
        "Whose value changes",
        ("step.rebinds", "step.replaces", "step.nothing", "step.some", "zero_grad.rebinds", "zero_grad.some",
         "params.*", "step.part_of_array"),
        "Draw names and arrays as boxes and arrows. Run `w = w - 1` and `w -= 1` on an array that a model holds "
        "too, and let the class predict after which of them the model has moved.",
    ),
    Family(
        "Direction and length of a plain step",
        (
            "step.uphill", "step.fixed_lr", "step.constant_lr", "step.scheduled", "sgd.scale", "gradient.clipped",
            "gradient.one_number", "gradient.kept",
        ),
        "Take two steps on a parabola by hand, with a new learning rate for the second. Then go through the code "
        "with the same numbers: which line reads lr, and what else multiplies the gradient?",
    ),
    Family(
        "Gradients that are missing, zero or cleared",
        ("missing.*", "zero_grad.zeros", "gradient.zero_is_missing", "gradient.sparse", "constructor.clears"),
        "Freeze one layer of a small network and train with momentum and weight decay: once with a gradient of None"
        " for it, once with zeros. Have the class predict which of the two layers moves, and why.",
    ),
    Family(
        "Python and NumPy",
        ("python.*",),
        "Read the last line of a traceback together, and then the line of code above it: which object is meant, and "
        "what kind of object is it? Try the expression alone in a cell, on an array of two numbers.",
    ),
    Family(
        "Gradients are read, not written",
        ("gradient.written", "gradient.one_kind", "gradient.truth"),
        "Print a gradient before and after step(), then call step() twice on it. Ask which lines work in place, and"
        " what `.data` is for a Tensor and for an array.",
    ),
    Family(
        "Who owns the count and the state",
        ("step_count.*", "zero_grad.*", "step.silent"),
        "Make a table with a row for each line of a training loop, and columns for values, gradients, state and "
        "count. Fill in together what each line may change.",
    ),
    Family(
        "Velocity",
        ("momentum.*", "sgd.together"),
        "Give SGD a steady gradient of 1 and let the class predict the velocity after one, two and very many steps,"
        " for the rule as written and for an average. Part 2.2 of the lesson draws both.",
    ),
    Family(
        "Weight decay in SGD",
        ("decay.*",),
        "Start from the loss with its penalty, and derive the term. Then set all other gradients to zero and ask "
        "what a step does to a large weight and to a small one, and what the velocity remembers of it.",
    ),
    Family(
        "State that can be saved and restored",
        ("state.*",),
        "Train, save, train on; resume from what was saved, and compare the two runs number by number. Repeat it "
        "after writing into the saved arrays, and with a state that does not fit.",
    ),
    Family(
        "Bias correction",
        (
            "adam.no_correction", "adam.?_uncorrected", "adam.corrects_briefly", "adam.one_correction", "adam.t_*",
            "adam.not_power", "adam.correction_parentheses", "adam.stores_corrected",
            "adam.multiplies_correction", "adam.corrected_again", "adam.start",
        ),
        "Have Adam's first step computed on paper with both corrections, with one, and with none, before anything "
        "runs. Then plot both corrections over a thousand steps: which of them is still at work at the end?",
    ),
    Family(
        "What the two averages are of",
        (
            "adam.m_sum", "adam.v_sum", "adam.betas_swapped", "adam.one_beta", "adam.v_not_square",
            "adam.v_never_shrinks", "adam.no_m", "adam.lookahead", "adam.shared_*", "adam.weights_swapped",
            "adam.mixed_betas", "adam.no_memory",
            "adam.roles_swapped", "adam.names_swapped", "adam.one_array",
            "adam.amsgrad", "adam.late", "adam.parentheses", "adam.sign_only",
        ),
        "Feed a steady gradient with one spike in it, and sketch m and v for two entries of a parameter before "
        "plotting them: where does each settle, and how fast does it forget the spike?",
    ),
    Family(
        "The denominator, and epsilon",
        ("adam.eps_*", "adam.no_root", "adam.step_scale"),
        "Multiply all gradients by a thousand and ask how long Adam's step becomes. Then make epsilon as large as "
        "the root of v, and ask again. Units help: which of m, v and epsilon has the unit of a gradient?",
    ),
    Family(
        "Where Adam puts weight decay",
        ("adam.decay*",),
        "Mark on the paper's algorithm the one place where an L2 penalty enters, and follow it from there through "
        "m, v and the step.",
    ),
    Family(
        "Decay that is decoupled",
        ("adam.decoupled", "adamw.*"),
        "Put Adam and AdamW side by side, with a gradient of zero and with a huge one, and ask for the fraction by "
        "which a weight shrinks in each. Question 4 of the lesson has numbers for it.",
    ),
)  # fmt: skip
