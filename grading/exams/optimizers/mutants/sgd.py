"""Misconceptions about SGD: momentum, weight decay, state."""

import numpy as np

from . import base, conditions, shared
from .registry import misconception

scale = misconception(
    "sgd.scale",
    "the length of a plain step is not lr times the gradient",
    "Your plain steps are not lr times the gradient. What else makes them longer or shorter?",
)
averaged = misconception(
    "momentum.averaged",
    "the velocity is an average of the gradients",
    "Your velocity settles at the size of the gradient. How much of each new gradient should go into it, "
    "all or a part?",
)
lr_inside = misconception(
    "momentum.lr_inside",
    "the learning rate belongs into the velocity",
    "Your velocity contains the learning rate. What happens to the steps already in it when a schedule changes lr?",
)
no_memory = misconception(
    "momentum.no_memory",
    "the velocity starts anew in every step",
    "Your second step does not remember the first. Where does the velocity live between two calls of step()?",
)
ignored = misconception(
    "momentum.ignored",
    "keeping a velocity is enough",
    "Your velocity is right, and the parameter does not follow it. What should the step go along?",
)
fade = misconception(
    "momentum.fade",
    "momentum fades the new gradient too",
    "Under a steady gradient your velocity grows to another size than g/(1 - momentum). Which of its two "
    "terms should fade?",
)
late = misconception(
    "momentum.late",
    "the parameter moves before the velocity takes in the gradient",
    "Your parameters move by the velocity of the step before. Which comes first in a step: the new velocity, or the "
    "move?",
)
nesterov = misconception(
    "momentum.lookahead",
    "momentum looks ahead (Nesterov)",
    "You take a step along the velocity and one more along the gradient. Which of the two does the rule here ask for?",
)
first_step = misconception(
    "momentum.first_step",
    "the first gradient is treated in another way than the rest",
    "Your first velocity is special. From a velocity of zeros, what does the ordinary rule make of the first gradient?",
)
dampened = misconception(
    "momentum.dampened",
    "only the first gradient goes into the velocity with all of its size",
    "Your first velocity takes in all of the gradient, and the later ones only a part. How much does the rule take?",
)
downhill = misconception(
    "momentum.downhill",
    "the velocity points downhill",
    "Your steps are right, and your velocity has the opposite sign of the rule's. Which of the two do "
    "checkpoints hold?",
    conditions.moves_along_velocity,
)
subtracted = misconception(
    "momentum.subtracts_gradient",
    "a velocity that points downhill is still subtracted",
    "Your velocity points downhill, and your step goes the other way. How often should the sign change between the "
    "gradient and the step?",
    conditions.moves_against_velocity,
)
decay_sign = misconception(
    "decay.sign",
    "weight decay is subtracted from the gradient",
    "With weight decay your weights grow. Which way must the gradient of the penalty push a positive weight?",
)
decay_ignored = misconception(
    "decay.ignored",
    "weight_decay is only stored",
    "Your step is as it would be without weight_decay. Where does the penalty enter the gradient?",
)
decay_outside = misconception(
    "decay.outside_velocity",
    "weight decay is applied beside the velocity",
    "Your velocity does not contain the decay. If the penalty is a part of the loss, which gradient contains it?",
)
decay_scale = misconception(
    "decay.scale",
    "weight decay is not scaled like the gradient",
    "Your decay does not have the strength of an L2 penalty. Which factor does the gradient get that "
    "your decay does not?",
)
decay_strength = misconception(
    "decay.strength",
    "the penalty has another factor than weight_decay",
    "Your decay does not have the strength of an L2 penalty. What is the derivative of half of weight_decay times "
    "p squared?",
)
decay_once = misconception(
    "decay.once",
    "decay is needed only at the start",
    "Your decay acts in the first step, and then no more. How long is the penalty a part of the loss?",
)
decay_shape = misconception(
    "decay.l1",
    "weight decay pulls all weights alike",
    "Your decay pulls large and small weights equally hard. What is the gradient of the squared weight?",
)
has = misconception(
    "state.has_momentum",
    "has_momentum() says something other than whether momentum is used",
    "For which values of momentum should has_momentum() be True? Must a step have been taken first?",
    conditions.has_momentum_was_wrong,
)
without = misconception(
    "state.none",
    "without momentum the state is an empty or a zero one",
    "What should a checkpoint hold for an optimizer that keeps no velocity at all?",
)
alias_out = misconception(
    "state.alias_out",
    "handing out the live buffers is a copy",
    "Somebody wrote into a state they had taken from the optimizer, and training changed. Whose array is it?",
)
alias_in = misconception(
    "state.alias_in",
    "taking over the caller's arrays is a copy",
    "Somebody wrote into a state after putting it in, and training changed. Whose array does the optimizer work on?",
)
unchecked = misconception(
    "state.unchecked",
    "any state fits",
    "A state of the wrong length or with a wrong shape was accepted without an error. When would its owner notice?",
    conditions.wrong_state_taken,
)
partial = misconception(
    "state.partial",
    "a refused state may be half taken over",
    "You refuse a wrong state after the velocities have changed. What does the optimizer hold then: the old run, "
    "or the new one?",
    conditions.wrong_state_left_its_mark,
)
error_kind = misconception(
    "state.error",
    "any exception will do for a wrong state",
    "You refuse a wrong state with another exception than promised. What will a caller's except ValueError do?",
    conditions.refused_otherwise,
)
clears = misconception(
    "state.none_clears",
    "set_momentum_state(None) clears the state",
    "set_momentum_state(None) has an effect in yours. What does None say about the state: that it is "
    "empty, or nothing?",
    conditions.none_did_something,
)
not_restored = misconception(
    "state.not_restored",
    "a state that was put in need not replace what was there",
    "After set_momentum_state the velocity is not the one that was put in. What happened to it on the way?",
)
unasked = misconception(
    "state.unasked",
    "a state turns momentum on, or is an error without it",
    "A state was put into an optimizer without momentum. What should it change there?",
    conditions.state_without_momentum,
)
interface = misconception(
    "sgd.interface",
    "the arguments or defaults of SGD are others",
    "Compare your constructor with the interface, argument by argument: the names, the order, the defaults.",
)


@scale("SGD")
class LrSquared(base.SGD):
    def move(self, param, change):
        super().move(param, self.lr * change)


@scale("SGD")
class DividesByCount(base.SGD):
    def move(self, param, change):
        super().move(param, change / self.step_count)


@scale("SGD")
class SignOnly(base.SGD):
    def decayed(self, gradient, param):
        return np.sign(super().decayed(gradient, param))


@scale("SGD")
class Normalized(base.SGD):
    def decayed(self, gradient, param):
        gradient = super().decayed(gradient, param)
        return gradient / np.linalg.norm(gradient)


@shared.fixed_lr("SGD")
class FixedLrWithoutMomentum(base.SGD):
    def move(self, param, change):
        self.first_lr = getattr(self, "first_lr", self.lr)
        super().move(param, change if self.momentum or self.weight_decay else change * self.first_lr / self.lr)


@shared.fixed_lr("SGD")
class FixedLrWithMomentum(base.SGD):
    def move(self, param, change):
        self.first_lr = getattr(self, "first_lr", self.lr)
        super().move(param, change * self.first_lr / self.lr if self.momentum else change)


@shared.writes("SGD")
class FirstGradientBecomesVelocity(base.SGD):
    def velocity(self, old, gradient):
        if old.any():
            old *= self.momentum
            old += gradient
            return old
        return gradient

    def decayed(self, gradient, param):
        return gradient + self.weight_decay * param.data if self.weight_decay else gradient


@averaged("SGD")
class Averaged(base.SGD):
    def velocity(self, old, gradient):
        return self.momentum * old + (1 - self.momentum) * gradient


@averaged("SGD")
class AveragedAndRescaled(Averaged):
    def direction(self, old, new, gradient):
        return new / (1 - self.momentum)


@lr_inside("SGD")
class LrInVelocity(base.SGD):
    def velocity(self, old, gradient):
        return self.momentum * old + self.lr * gradient

    def direction(self, old, new, gradient):
        return new / self.lr


@lr_inside("SGD")
class LrTwice(base.SGD):
    def velocity(self, old, gradient):
        return self.momentum * old + self.lr * gradient


@no_memory("SGD")
class ForgetsVelocity(base.SGD):
    def velocity(self, old, gradient):
        return gradient * 1.0


@no_memory("SGD")
class VelocityNotStored(base.SGD):
    def update(self, i, param, gradient):
        super().update(i, param, gradient)
        self.momentum_buffers[i] = None


@ignored("SGD")
class StepsAlongGradient(base.SGD):
    def direction(self, old, new, gradient):
        return gradient


@late("SGD")
class StepsAlongOldVelocity(base.SGD):
    def direction(self, old, new, gradient):
        return old


@fade("SGD")
class FadesBoth(base.SGD):
    def velocity(self, old, gradient):
        return self.momentum * (old + gradient)


@fade("SGD")
class FadesGradientOnly(base.SGD):
    def velocity(self, old, gradient):
        return old + self.momentum * gradient


@fade("SGD")
class FadesNothing(base.SGD):
    def velocity(self, old, gradient):
        return old + gradient


@fade("SGD")
class FadesTheRest(base.SGD):
    def velocity(self, old, gradient):
        return (1 - self.momentum) * old + gradient


@nesterov("SGD")
class Nesterov(base.SGD):
    def direction(self, old, new, gradient):
        return gradient + self.momentum * new


@dampened("SGD")
class DampedAfterFirst(base.SGD):
    def velocity(self, old, gradient):
        return gradient * 1.0 if self.step_count == 1 else self.momentum * old + (1 - self.momentum) * gradient


@dampened("SGD")
class DampedAfterTheFirstOfEach(base.SGD):
    """As PyTorch does with a dampening: what is first is asked of each velocity, not of the count."""

    def velocity(self, old, gradient):
        return self.momentum * old + (1 - self.momentum) * gradient if np.any(old) else gradient * 1.0


@first_step("SGD")
class FirstVelocityIsFaded(base.SGD):
    def velocity(self, old, gradient):
        return self.momentum * old + (1 - self.momentum if self.step_count == 1 else 1) * gradient


@first_step("SGD")
class FirstStepLost(base.SGD):
    def velocity(self, old, gradient):
        return old if self.step_count == 1 else self.momentum * old + gradient


@downhill("SGD")
class PointsDownhill(base.SGD):
    def velocity(self, old, gradient):
        return self.momentum * old - gradient

    def direction(self, old, new, gradient):
        return -new


@decay_sign("SGD")
class DecaySubtracted(base.SGD):
    def decayed(self, gradient, param):
        return gradient - self.weight_decay * param.data


@decay_ignored("SGD")
class NoDecay(base.SGD):
    def decayed(self, gradient, param):
        return gradient


@decay_outside("SGD")
class DecayAfterVelocity(base.SGD):
    def decayed(self, gradient, param):
        return gradient

    def direction(self, old, new, gradient):
        return new

    def move(self, param, change):
        super().move(param, change + self.lr * self.weight_decay * param.data)


@decay_outside("SGD")
class DecayShrinksAfterStep(base.SGD):
    def decayed(self, gradient, param):
        return gradient

    def move(self, param, change):
        super().move(param, change)
        super().move(param, self.lr * self.weight_decay * param.data)


@decay_scale("SGD")
class DecayWithoutLr(base.SGD):
    def decayed(self, gradient, param):
        return gradient

    def move(self, param, change):
        super().move(param, change + self.weight_decay * param.data)


@decay_strength("SGD")
class DecayDoubled(base.SGD):
    def decayed(self, gradient, param):
        return gradient + 2 * self.weight_decay * param.data


@decay_strength("SGD")
class DecayTimesLr(base.SGD):
    def decayed(self, gradient, param):
        return gradient + self.lr * self.weight_decay * param.data


@decay_once("SGD")
class DecaysInTheFirstStepOnly(base.SGD):
    def decayed(self, gradient, param):
        return super().decayed(gradient, param) if self.step_count == 1 else gradient


@decay_shape("SGD")
class DecayBySign(base.SGD):
    def decayed(self, gradient, param):
        return gradient + self.weight_decay * np.sign(param.data)


@has("SGD")
class AlwaysHasMomentum(base.SGD):
    def has_momentum(self):
        return True

    def get_momentum_state(self):
        return super().get_momentum_state() if self.momentum else None

    def set_momentum_state(self, state):
        if self.momentum:
            super().set_momentum_state(state)


@has("SGD")
class HasMomentumOnceStepped(base.SGD):
    def has_momentum(self):
        return any(buffer is not None for buffer in self.momentum_buffers)

    def get_momentum_state(self):
        return [None if b is None else b.copy() for b in self.momentum_buffers] if self.momentum else None


@has("SGD")
class ReturnsTheNumber(base.SGD):
    def has_momentum(self):
        return self.momentum


@without("SGD")
class EmptyState(base.SGD):
    def get_momentum_state(self):
        return super().get_momentum_state() or []


@without("SGD")
class ListOfNone(base.SGD):
    def get_momentum_state(self):
        return super().get_momentum_state() or list(self.momentum_buffers)


@alias_out("SGD")
class HandsOutBuffers(base.SGD):
    def get_momentum_state(self):
        return self.momentum_buffers if self.has_momentum() else None


@alias_out("SGD")
class CopiesTheListOnly(base.SGD):
    def get_momentum_state(self):
        return list(self.momentum_buffers) if self.has_momentum() else None


@alias_out("SGD")
class CopiesTheListOfArrays(CopiesTheListOnly):
    """The same, where the velocity of a scalar is an array too, and can be written into."""

    def velocity(self, old, gradient):
        return np.asarray(super().velocity(old, gradient))


@alias_out("SGD")
class HandsOutAndChangesInPlace(CopiesTheListOnly):
    def velocity(self, old, gradient):
        old *= self.momentum
        old += gradient
        return old


@alias_out("SGD")
class HandsOutTheListAndChangesInPlace(HandsOutBuffers):
    def velocity(self, old, gradient):
        old *= self.momentum
        old += gradient
        return old


@unchecked("SGD")
class ChecksTheCountOnly(base.SGD):
    def set_momentum_state(self, state):
        if state is not None and self.has_momentum():
            if len(state) != len(self.params):
                raise ValueError("length")
            for buffer, param in zip(state, self.params, strict=True):
                if buffer is not None and buffer.size != param.data.size:
                    raise ValueError("size")
            self.momentum_buffers = [None if buffer is None else buffer.copy() for buffer in state]


@alias_in("SGD")
class KeepsTheCallersArrays(base.SGD):
    def set_momentum_state(self, state):
        super().set_momentum_state(state)
        if state is not None and self.has_momentum():
            self.momentum_buffers = list(state)


@unchecked("SGD")
class ChecksNothing(base.SGD):
    def set_momentum_state(self, state):
        if state is not None and self.has_momentum():
            self.momentum_buffers = [None if buffer is None else buffer.copy() for buffer in state]


@unchecked("SGD")
class ChecksLengthOnly(ChecksNothing):
    def set_momentum_state(self, state):
        if state is not None and self.has_momentum() and len(state) != len(self.params):
            raise ValueError("length")
        super().set_momentum_state(state)


@unchecked("SGD")
class ChecksShapesOnly(ChecksNothing):
    def set_momentum_state(self, state):
        if state is not None and self.has_momentum():
            for buffer, param in zip(state, self.params, strict=False):
                if buffer is not None and buffer.shape != param.data.shape:
                    raise ValueError("shape")
        super().set_momentum_state(state)


@partial("SGD")
class TakesWhatFits(base.SGD):
    def set_momentum_state(self, state):
        if state is None or not self.has_momentum():
            return
        for i, buffer in enumerate(state):
            if i >= len(self.params) or (buffer is not None and buffer.shape != self.params[i].data.shape):
                raise ValueError("does not fit")
            self.momentum_buffers[i] = None if buffer is None else buffer.copy()
        if len(state) < len(self.params):
            raise ValueError("too short")


@partial("SGD")
class ClearsBeforeChecking(base.SGD):
    def set_momentum_state(self, state):
        if state is not None and self.has_momentum():
            self.momentum_buffers = [None] * len(self.params)
        super().set_momentum_state(state)


@error_kind("SGD")
class RaisesTypeError(base.SGD):
    def set_momentum_state(self, state):
        try:
            super().set_momentum_state(state)
        except ValueError as error:
            raise TypeError("wrong state") from error


@error_kind("SGD")
class Asserts(base.SGD):
    def set_momentum_state(self, state):
        try:
            super().set_momentum_state(state)
        except ValueError as error:
            raise AssertionError("wrong state") from error


@clears("SGD")
class NoneClears(base.SGD):
    def set_momentum_state(self, state):
        if state is None:
            self.momentum_buffers = [None] * len(self.params)
        super().set_momentum_state(state)


@not_restored("SGD")
class IgnoresTheState(base.SGD):
    def set_momentum_state(self, state):
        kept = self.momentum_buffers
        super().set_momentum_state(state)
        self.momentum_buffers = kept


@not_restored("SGD")
class AddsTheState(base.SGD):
    def set_momentum_state(self, state):
        kept = self.momentum_buffers
        super().set_momentum_state(state)
        if self.momentum_buffers is not kept:
            pairs = zip(kept, self.momentum_buffers, strict=True)
            self.momentum_buffers = [new if old is None or new is None else old + new for old, new in pairs]


@unasked("SGD")
class StateTurnsMomentumOn(base.SGD):
    def set_momentum_state(self, state):
        if state is not None and not self.momentum:
            self.momentum = 0.9
        super().set_momentum_state(state)


@unasked("SGD")
class StateWithoutMomentumIsAnError(base.SGD):
    def set_momentum_state(self, state):
        if state is not None and not self.momentum:
            raise ValueError("no momentum")
        super().set_momentum_state(state)


@clears("SGD")
class NoneIsAnError(base.SGD):
    def set_momentum_state(self, state):
        if state is None:
            raise ValueError("no state")
        super().set_momentum_state(state)


@interface("SGD")
class OtherDefaultLr(base.SGD):
    def __init__(self, params, lr=0.001, momentum=0.0, weight_decay=0.0):
        super().__init__(params, lr, momentum, weight_decay)


@interface("SGD")
class MomentumByDefault(base.SGD):
    def __init__(self, params, lr=0.01, momentum=0.9, weight_decay=0.0):
        super().__init__(params, lr, momentum, weight_decay)


@interface("SGD")
class OtherOrder(base.SGD):
    def __init__(self, params, lr=0.01, weight_decay=0.0, momentum=0.0):
        super().__init__(params, lr, momentum, weight_decay)
