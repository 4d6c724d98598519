"""Numeric answers: what they must be, in which unit, and the slips that lead to other numbers."""

from grading.examiner import NumericAnswer

GiB = 2**30
GB = 10**9
PARAMETERS = 10 * 10**9  # question 1: a model of ten billion float32 parameters
COPY = PARAMETERS * 4  # bytes of one copy of them
SHORT_V = 1 - 0.999**1000  # question 3: the part of v that is there at step 1000
GRAD, DECAY, LR = 0.001, 0.01, 0.1  # question 4: the gradient, the decay of a weight of 1, the learning rate
SMALLER = 1.5e9  # question 5: parameters


UNIT = "Your number would be right in GB, of 10^9 bytes. How many bytes are in a GiB?"
TOTAL = "Your number counts more than the state. Which of parameters, gradients and state does the question ask for?"
ONE_BUFFER = "Your number is that of one buffer. How many does the optimizer keep for each parameter?"
NO_GRADIENTS = "Something that every training step holds is missing. What does backward() leave behind?"
BYTES = "Your number counts parameters, not bytes. How many bytes does a float32 take?"

ANSWERS: dict[str, NumericAnswer] = {
    answer.name: answer
    for answer in (
        NumericAnswer(
            "q1.adam_state",
            2 * COPY / GiB,
            "GiB",
            (
                (2 * COPY / GB, UNIT),
                (COPY / GiB, ONE_BUFFER),
                (3 * COPY / GiB, TOTAL),
                (4 * COPY / GiB, TOTAL),
                (2 * PARAMETERS / GiB, BYTES),
            ),
        ),
        NumericAnswer(
            "q1.adam_training",
            4 * COPY / GiB,
            "GiB",
            (
                (4 * COPY / GB, UNIT),
                (3 * COPY / GiB, NO_GRADIENTS),
                (4 * PARAMETERS / GiB, BYTES),
            ),
        ),
        NumericAnswer(
            "q1.momentum_training",
            3 * COPY / GiB,
            "GiB",
            (
                (3 * COPY / GB, UNIT),
                (2 * COPY / GiB, NO_GRADIENTS),
                (4 * COPY / GiB, "Your number counts two copies for the state. How many does momentum keep?"),
                (3 * PARAMETERS / GiB, BYTES),
            ),
        ),
        NumericAnswer(
            "q2.speedup",
            200_000 / (100_000 * 1.2),
            "times",
            (
                (2.0, "Your number compares the steps. What does each of them cost?"),
                (0.6, "Your number compares the two the other way round. Which run ends first?"),
                (2.4, "Your number multiplies by the cost of a step. Does a longer step make Adam faster?"),
            ),
        ),
        NumericAnswer(
            "q3.first_step_uncorrected",
            0.1 / 0.001**0.5,
            "times",
            (
                (0.1, "Your number leaves v out. What does Adam divide m by?"),
                (100.0, "Your number leaves the root out. Is it v that Adam divides by?"),
                (1 / 0.001**0.5, "Your number leaves m out. How large is m after the first step?"),
                (0.001**0.5 / 0.1, "Your number is the inverse. Which of the two steps is divided by which?"),
            ),
        ),
        NumericAnswer(
            "q3.step_1000_uncorrected",
            (1 - 0.9**1000) / SHORT_V**0.5,
            "times",
            (
                (1.0, "Your number says that nothing is missing by then. How much of v is there at step 1000?"),
                (1 / SHORT_V, "Your number leaves the root out. Is it v that Adam divides by?"),
                (SHORT_V**0.5, "Your number is the inverse. Which of the two steps is divided by which?"),
                (0.1 / 0.001**0.5, "Your number is that of step 1. To which power is each beta raised at step 1000?"),
                (26.0, "Your number may be meant in per cent. The answer is asked for in times."),
            ),
        ),
        NumericAnswer(
            "q4.adam_first_step",
            LR,
            "in units of the weight",
            (
                (LR * (GRAD + DECAY), "Your number is SGD's. What does Adam divide the gradient by at its first step?"),
                (LR * GRAD, "Your number is that of SGD without decay. What does Adam divide the gradient by?"),
                (LR + LR * DECAY, "Your number adds the decay to the step. Where does Adam put it?"),
                (LR * DECAY, "Your number is the decay of AdamW alone. How long is a step of Adam?"),
                (LR * LR, "Your number has a tenth of the gradient in it. What does bias correction do to it?"),
                (LR * 0.1 / 0.001**0.5, "Your number is that of an Adam without bias correction."),
                (-LR, "How far the weight moves is a distance: leave its direction out."),
            ),
        ),
        NumericAnswer(
            "q4.adam_share",
            100 * DECAY / (GRAD + DECAY),
            "per cent",
            (
                (DECAY / (GRAD + DECAY), "Your number is a fraction. The answer is asked for in per cent."),
                (100 * DECAY / GRAD, "Your number compares decay and gradient. What is the share in their sum?"),
                (100 * GRAD / (GRAD + DECAY), "Your number is the gradient's own share. Which one is asked for?"),
                (100 * LR * DECAY, "Your number is what AdamW does. Does lr change the share in Adam's gradient?"),
            ),
        ),
        NumericAnswer(
            "q4.adamw_share",
            100 * LR * DECAY,
            "per cent",
            (
                (LR * DECAY, "Your number is a fraction. The answer is asked for in per cent."),
                (100 * DECAY, "Your number leaves the learning rate out. By what factor does AdamW shrink a weight?"),
                (DECAY, "Your number leaves the learning rate out, and is a fraction."),
                (100 - 100 * LR * DECAY, "Your number is what remains of the weight. By how much does it shrink?"),
                (100 * DECAY / (GRAD + DECAY), "Your number is the share in Adam. Does AdamW's decay see a gradient?"),
            ),
        ),
        NumericAnswer(
            "q5.checkpoint_size",
            3 * SMALLER * 4 / GB,
            "GB",
            (
                (3 * SMALLER * 4 / GiB, "Your number is right in GiB, of 2^30 bytes. How many bytes are in a GB?"),
                (4 * SMALLER * 4 / GB, "Your number has gradients in it. What makes new ones, and when?"),
                (2 * SMALLER * 4 / GB, "Two copies are not enough. What must be there before the next step of Adam?"),
                (SMALLER * 4 / GB, "Your number is that of the parameters. Which run would continue from them alone?"),
                (3 * SMALLER / GB, BYTES),
            ),
        ),
        NumericAnswer(
            "q5.forgotten_count",
            0.001**0.5 / 0.1,
            "times",
            (
                (0.1 / 0.001**0.5, "Your number is the inverse. Is the first step too long or too short?"),
                (10.0, "Your number corrects m only. What does the count do to v?"),
                (0.001**0.5, "Your number corrects v only. What does the count do to m?"),
                (0.001 / 0.1, "Your number leaves the root out. Is it v that Adam divides by?"),
                (1.0, "Your number says that the count does not matter. What is a full average divided by at t = 1?"),
            ),
        ),
        NumericAnswer(
            "scale.first_too_large",
            6.7,
            "billions of parameters",
            (
                (2.7, "This one fits. How many bytes does each parameter cost, all in all?"),
                (1.3, "This one fits. How many bytes does each parameter cost, all in all?"),
                (13.0, "A smaller one does not fit either. What is held besides the parameters and their gradients?"),
                (175.0, "Smaller ones do not fit either. What is held besides the parameters?"),
                (6.7e9, "Give the size in billions of parameters."),
            ),
        ),
        NumericAnswer(
            "scale.zero1_devices",
            9,
            "cards",
            (
                (3, "Your number shares out everything. What does ZeRO-1 leave whole on every card?"),
                (4, "Your number shares out more than ZeRO-1 does. Which part of the 16 bytes is the state?"),
                (8, "That many are almost enough. How many GB does each of them hold, exactly?"),
                (7, "Your number would be right for cards of 40 GiB. How many bytes are in a GB?"),
                (12, "Your number is the state's bytes per parameter. What must each card hold in all?"),
            ),
        ),
    )
}
