"""Slips of learners: a sign, a return, a bracket or a name in the wrong place."""

import math

import numpy as np

from tinytorch.core import optimizers as lesson

from .registry import learner


@learner("Optimizer", "zero_grad.values")
class ZeroesTheWeights(lesson.Optimizer):
    def zero_grad(self):
        for p in self.params:
            p.data = np.zeros_like(p.data)


@learner("Optimizer", "zero_grad.some")
class BelowTheLoop(lesson.Optimizer):
    def zero_grad(self):
        p = None
        for q in self.params:
            p = q
        p.grad = None


@learner("Optimizer", "zero_grad.too_much")
class StartsCountingAnew(lesson.Optimizer):
    def zero_grad(self):
        self.step_count = 0
        for p in self.params:
            p.grad = None


@learner("SGD", "step.replaces")
class SignsTheWrongWayRound(lesson.SGD):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is not None:
                p.data =- lesson.array_like(self.lr * self.direction(i, p, g), p)  # fmt: skip # noqa: E225


@learner("SGD", "momentum.subtracts_gradient")
class MinusTheGradient(lesson.SGD):
    def velocity(self, i, param, grad):
        old = self.momentum_buffers[i]
        new = -grad if old is None else self.momentum * old - grad
        self.momentum_buffers[i] = lesson.array_like(new, param)
        return self.momentum_buffers[i]


@learner("SGD", "momentum.first_kept")
class KeepsOnlyTheFirst(lesson.SGD):
    def velocity(self, i, param, grad):
        if self.momentum_buffers[i] is None:
            self.momentum_buffers[i] = np.array(grad)
            return self.momentum_buffers[i]
        v = self.momentum * self.momentum_buffers[i] + grad
        return lesson.array_like(v, param)


@learner("SGD", "python.no_return")
class VelocityIsNotReturned(lesson.SGD):
    def velocity(self, i, param, grad):
        super().velocity(i, param, grad)


@learner("SGD", "python.no_return")
class DecayIsNotReturned(lesson.SGD):
    def decayed(self, param, grad):
        grad = grad + self.weight_decay * param.data


@learner("SGD", "state.names")
class VelocitiesOfItsOwn(lesson.SGD):
    def velocity(self, i, param, grad):
        if not hasattr(self, "velocities"):
            self.velocities = {}
        self.velocities[i] = lesson.array_like(self.momentum * self.velocities.get(i, 0.0) + grad, param)
        return self.velocities[i]


@learner("SGD", "state.asked_twice")
class LooksAtTheDirection(lesson.SGD):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is not None and self.direction(i, p, g) is not None:
                p.data = lesson.array_like(p.data - self.lr * self.direction(i, p, g), p)


@learner("SGD", "sgd.scale")
class MeanOverTheParameters(lesson.SGD):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is not None:
                p.data = lesson.array_like(p.data - self.lr / len(self.params) * self.direction(i, p, g), p)


@learner("SGD", "gradient.clipped")
class ClipsTheDirection(lesson.SGD):
    def direction(self, i, param, grad):
        return np.clip(super().direction(i, param, grad), -1, 1)


@learner("SGD", "decay.strength")
class AddsThePenalty(lesson.SGD):
    def decayed(self, param, grad):
        return grad + 0.5 * self.weight_decay * param.data**2


@learner("SGD", "state.not_restored")
class FillsWhatIsThere(lesson.SGD):
    def set_momentum_state(self, state):
        if state is None or not self.has_momentum():
            return
        if [np.shape(s) for s in state if s is not None] != [
            p.data.shape for s, p in zip(state, self.params, strict=False) if s is not None
        ] or len(state) != len(self.params):
            raise ValueError("the state does not fit")
        for i, new in enumerate(state):
            if new is None:
                self.momentum_buffers[i] = None
            elif self.momentum_buffers[i] is not None:
                self.momentum_buffers[i][...] = new


class Stepping(lesson.Adam):
    """The loop of the lesson's Adam; what a step makes of the two averages is for each class below."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is None:
                continue
            if self.weight_decay:
                g = g + self.weight_decay * p.data
            p.data = lesson.array_like(p.data - self.moved(*self.moments(i, p, g)), p)

    def moved(self, mean, square):
        return self.lr * mean / (np.sqrt(square) + self.eps)


@learner("Adam", "adam.eps_beside")
class WithoutTheOuterBrackets(Stepping):
    def moved(self, mean, square):
        return self.lr * mean / np.sqrt(square) + self.eps


@learner("Adam", "python.one_number")
class RootFromMath(Stepping):
    def moved(self, mean, square):
        return self.lr * mean / (math.sqrt(square) + self.eps)


@learner("Adam", "adam.corrected_again")
class CorrectsWhatIsCorrected(Stepping):
    def moved(self, mean, square):
        return super().moved(self.corrected(mean, self.beta1), self.corrected(square, self.beta2))


@learner("Adam", "adam.roles_swapped")
class ReturnsTheSquareFirst(Stepping):
    def averages(self, i, param, grad):
        m, v = super().averages(i, param, grad)
        return v, m


@learner("Adam", "state.asked_twice")
class OneCallForEach(lesson.Adam):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is not None:
                g = g + self.weight_decay * p.data
                mean, square = self.moments(i, p, g)[0], self.moments(i, p, g)[1]
                p.data = lesson.array_like(p.data - self.lr * mean / (np.sqrt(square) + self.eps), p)


@learner("Adam", "adam.one_beta")
class Beta1Twice(lesson.Adam):
    def averages(self, i, param, grad):
        m, v = self.m_buffers[i], self.v_buffers[i]
        m = self.beta1 * (0 if m is None else m) + (1 - self.beta1) * grad
        v = self.beta1 * (0 if v is None else v) + (1 - self.beta1) * grad**2
        self.m_buffers[i], self.v_buffers[i] = lesson.array_like(m, param), lesson.array_like(v, param)
        return self.m_buffers[i], self.v_buffers[i]


@learner("Adam", "adam.betas_swapped")
class AveragesWithTheOtherBeta(lesson.Adam):
    def averages(self, i, param, grad):
        m, v = self.m_buffers[i], self.v_buffers[i]
        m = self.beta2 * (0 if m is None else m) + (1 - self.beta2) * grad
        v = self.beta1 * (0 if v is None else v) + (1 - self.beta1) * grad**2
        self.m_buffers[i], self.v_buffers[i] = lesson.array_like(m, param), lesson.array_like(v, param)
        return self.m_buffers[i], self.v_buffers[i]


@learner("Adam", "python.no_return")
class CorrectionIsNotReturned(lesson.Adam):
    def corrected(self, average, beta):
        average / (1 - beta**self.step_count)


@learner("Adam", "python.caret")
class CaretInTheCorrection(lesson.Adam):
    def corrected(self, average, beta):
        return average / (1 - (beta ^ self.step_count))


@learner("Adam", "state.names")
class StateOfTorch(lesson.Adam):
    def averages(self, i, param, grad):
        state = self.__dict__.setdefault("state", {}).setdefault(id(param), {"exp_avg": 0.0, "exp_avg_sq": 0.0})
        state["exp_avg"] = lesson.array_like(self.beta1 * state["exp_avg"] + (1 - self.beta1) * grad, param)
        state["exp_avg_sq"] = lesson.array_like(self.beta2 * state["exp_avg_sq"] + (1 - self.beta2) * grad**2, param)
        return state["exp_avg"], state["exp_avg_sq"]


@learner("Adam", "adam.t_off_by_one")
class CountsWhenAllIsDone(lesson.Adam):
    def step(self):
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is None:
                continue
            g = g + self.weight_decay * p.data
            mean, square = self.moments(i, p, g)
            p.data = lesson.array_like(p.data - self.lr * mean / (np.sqrt(square) + self.eps), p)
        self.step_count += 1
