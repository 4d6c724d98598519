"""Find the misconception whose mutant behaves as a class does, and whose hint is true of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property

from diagnosis.case import Case
from diagnosis.trace import BUFFERS, Trace, make_trace
from tracing.look import signature_of

from grading.examiner import Deviation, Misconception, Mutant
from tinytorch.core.tensor import Tensor

from .deviation import deviation
from .likeness import FIELDS, NOT_FINITE, Shown
from .mutants import MUTANTS, base
from .mutants.habits import skipping_no_decay, with_habits
from .mutants.registry import CONDITIONS
from .numeric_fields import NUMERIC_FIELDS
from .observations import reported_fields

NOTHING = Misconception("", "", "")
ENOUGH = 2  # beginnings: whoever asks for more of them in one case judges many submissions on it
SYMPTOMATIC = frozenset({"raised", "step_count", "dtype", "state_dtype"})


class Known:
    """A mutant's behavior in one case, worked out as far as it is asked for.

    Parameters
    ----------
    mutant : Mutant
    make : type
        Its class, or that class with a habit that is right.
    case : Case
    fields : frozenset of str
        What the check looks at.
    """

    def __init__(self, mutant: Mutant, make: type, case: Case, fields: frozenset[str]) -> None:
        self.mutant, self.make, self.case, self.fields = mutant, make, case, fields
        self.beginnings: dict[tuple[int, int], Shown] = {}

    def beginning(self, call: int, unseen: int = 0) -> Shown:
        """What it shows up to a call, but for the first `unseen` of them; or all, if it was asked for much already."""
        if "whole" in vars(self) or len(self.beginnings) > ENOUGH:
            return self.whole
        if (call, unseen) not in self.beginnings:
            case = replace(self.case, calls=self.case.calls[: call + 1])
            trace = make_trace(case, self.make, Tensor, like=Trace(signature=known_signature(self.make)), unseen=unseen)
            self.beginnings[call, unseen] = Shown(case, trace)
        return self.beginnings[call, unseen]

    def shows_at(self, call: int, shown: Shown, names: tuple[str, ...]) -> bool:
        """Whether it shows the same in these fields after a call.

        To look there only takes half the time, and most mutants show something else. But settings are seen at the first
        look alone.
        """
        there = self.beginning(call, unseen=call)
        if not all(there.is_like(shown, name, call) for name in names if name != "settings"):
            return False
        return "settings" not in names or self.beginning(call).is_like(shown, "settings", call)

    @cached_property
    def whole(self) -> Shown:
        known = Trace(signature=known_signature(self.make))
        return Shown(self.case, make_trace(self.case, self.make, Tensor, like=known))

    @cached_property
    def deviation(self) -> Deviation:
        """Where it leaves the oracle."""
        return deviation(self.case, self.whole.trace, self.fields)


@cache
def known_signature(make: type) -> list | None:
    """The signature of a mutant's class, asked for once."""
    return signature_of(make)


@dataclass(frozen=True)
class Match:
    """A mutant that shows the same as a trace.

    Attributes
    ----------
    misconception : Misconception
    extent : int
        After how many calls it does so.
    rest : float
        The share of what the check does not look at in which it does so too.
    is_whole : bool
        Whether nothing at all differs.
    shown : Shown
        What the mutant shows.
    """

    misconception: Misconception
    extent: int
    rest: float
    is_whole: bool
    shown: Shown


class CaseMutants:
    """The mutants of a class in one case of a check.

    Parameters
    ----------
    subject : str
    case : Case
    fields : frozenset of str
        What the check looks at.
    """

    def __init__(self, subject: str, case: Case, fields: frozenset[str]) -> None:
        self.subject, self.case, self.fields = subject, case, fields
        self.looked_at = tuple(name for name in FIELDS if name in reported_fields(fields) | (fields & {"settings"}))

    @cached_property
    def plain(self) -> list[Known]:
        """The mutants as they are."""
        mutants = (mutant for mutant in MUTANTS.values() if mutant.subject == self.subject)
        return [Known(mutant, mutant.make, self.case, self.fields) for mutant in mutants]

    @cached_property
    def habitual(self) -> list[Known]:
        """The mutants with habits that are right, where the case shows these."""
        mutants = (mutant for mutant in MUTANTS.values() if mutant.subject == self.subject)
        return [
            Known(mutant, make, self.case, self.fields) for mutant in mutants for make in with_habits(mutant, self.case)
        ]

    @cached_property
    def spoiled(self) -> list[Known]:
        """The mutants with the habit that shows where parameters are no longer finite."""
        mutants = (mutant for mutant in MUTANTS.values() if mutant.subject == self.subject)
        made = ((mutant, skipping_no_decay(mutant)) for mutant in mutants)
        return [Known(mutant, make, self.case, self.fields) for mutant, make in made if make]

    @cached_property
    def right(self) -> Known:
        """The right class that the mutants are made of."""
        make = getattr(base, self.subject)
        return Known(Mutant("right", self.subject, make, NOTHING), make, self.case, self.fields)

    def nearest(self, found: Deviation, trace: Trace) -> Misconception | None:
        """The misconception that a trace shows, which leaves the oracle at `found`.

        First mutants that show the same in all that the check looks at; then those that do in the very field that was
        wrong. Each must be wrong after the same call, and the trace must show what the hint says. Returns None if none
        is left, or if several misconceptions are: a guess would help nobody.
        """
        if is_unwritten(found, trace):
            return None
        shown = Shown(self.case, trace)
        by_field = tuple(name for name in self.looked_at if name == found.field)
        for names in (self.looked_at, by_field):
            matches = self.matches(self.plain, names, found, shown) if names else []
            if not any(match.extent == len(self.case.calls) for match in matches):
                matches += self.matches(self.habitual, names, found, shown)
            if matches and (self.shows_nothing_wrong(names, found, shown) or self.steps_are_right(found, shown)):
                matches = [match for match in matches if match.is_whole]
            if matches:
                return self.choose(matches, found, trace)
        return self.by_symptom(found, trace)

    def explanations(
        self, found: Deviation, trace: Trace, wanted: Callable[[Misconception], bool]
    ) -> list[Misconception]:
        """The misconceptions whose mutants show the same in all that the check looks at, from beginning to end.

        What their hints say must be true of the trace. Those are preferred that show the same in all else too, or at
        least count the steps as the trace does: of two that make the same steps, by another correction or by another
        count, the count tells which it is. Where none of those that are `wanted` shows the same, there are none.
        """
        if is_unwritten(found, trace):
            return []
        shown, count = Shown(self.case, trace), len(self.case.calls)
        if len(shown) < count or (shown.is_lost(count - 1) and self.tells_nothing(shown, found.call)):
            return []  # it ends before all was asked

        def is_like(one: Shown, calls: range, names: tuple[str, ...] = self.looked_at) -> bool:
            return all(one.is_like(shown, name, i) for i in calls for name in names)

        def shows_the_same(known: Known) -> bool:
            return (
                holds(known.mutant.misconception, self.case, trace, found.call)
                and known.shows_at(found.call, shown, self.looked_at)
                and is_like(known.beginning(found.call), range(found.call))
                and is_like(known.whole, range(count))
            )

        known = self.plain + self.habitual + (self.spoiled if shown.is_lost(count - 1) else [])
        alike = [one for one in known if wanted(one.mutant.misconception) and shows_the_same(one)]
        if not alike:
            return []
        alike += [one for one in known if not wanted(one.mutant.misconception) and shows_the_same(one)]
        counting = [known for known in alike if is_like(known.whole, range(count), ("step_count",))]
        whole = [known for known in counting if is_like(known.whole, range(count), BUFFERS)]
        return [known.mutant.misconception for known in whole or counting or alike]

    def tells_nothing(self, shown: Shown, call: int) -> bool:
        """Whether no parameter is finite, and no buffer that the check looks at is there to tell what went into it."""
        kept = [shown.row(name, call) for name in BUFFERS if name in self.looked_at]
        return shown.is_all_lost(call) and not any(row.any() and (row > NOT_FINITE / 10).all() for row in kept)

    def shows_nothing_wrong(self, names: tuple[str, ...], found: Deviation, shown: Shown) -> bool:
        """Whether a right class shows the same numbers.

        Then the step was right, and only does not follow from what the class keeps: no mutant can be told by the step.
        """
        begun = self.right.beginning(found.call)
        return found.field in NUMERIC_FIELDS and all(begun.is_like(shown, name, found.call) for name in names)

    @cached_property
    def all_right(self) -> list[Known]:
        """That class, and the same with the habits that are right."""
        makes = with_habits(self.right.mutant, self.case)
        return [self.right, *(Known(self.right.mutant, make, self.case, self.fields) for make in makes)]

    def steps_are_right(self, found: Deviation, shown: Shown) -> bool:
        """Whether a buffer is wrong, and the step after which it is moves as a right class does, and all later ones.

        One step alone does not tell: a rule without a memory moves at first as the right one does.
        """
        steps = [i for i in range(found.call, len(self.case.calls)) if self.case.calls[i].do == "step"]
        return (
            found.field in BUFFERS
            and len(steps) > 1
            and any(all(right.whole.is_like(shown, "params", i) for i in steps) for right in self.all_right)
        )

    def by_symptom(self, found: Deviation, trace: Trace) -> Misconception | None:
        """The one misconception whose mutants are wrong in the same field, and whose hint the trace shows to be true.

        Only for what has no numbers, such as an exception: there two who make one mistake need not show the same.
        """
        if found.field not in SYMPTOMATIC:
            return None
        names = {
            known.mutant.misconception.name: known.mutant.misconception
            for known in self.plain
            if known.mutant.misconception.name in CONDITIONS
            and holds(known.mutant.misconception, self.case, trace, found.call)
            and known.deviation.field == found.field
            and not known.deviation.is_right
        }
        return names.popitem()[1] if len(names) == 1 else None

    def is_true(self, misconception: Misconception, found: Deviation, trace: Trace) -> bool:
        """Whether a hint says what is true of a trace that leaves the oracle at `found`.

        Its condition must hold, and a mutant of it must show the same in the field that is wrong, or fail in it too if
        there are no numbers.
        """
        shown = Shown(self.case, trace)
        of_it = [known for known in self.plain + self.habitual if known.mutant.misconception == misconception]
        alike = [known for known in of_it if known.beginning(found.call).is_like(shown, found.field, found.call)]
        if found.field in SYMPTOMATIC:
            alike += [known for known in of_it if known.deviation.field == found.field]
        wrong = [known for known in alike if not known.deviation.is_right]
        return bool(wrong) and holds(misconception, self.case, trace, found.call)

    def matches(self, known: list[Known], names: tuple[str, ...], found: Deviation, shown: Shown) -> list[Match]:
        """The mutants that show the same in these fields up to the call that is wrong."""
        call, matches = found.call, []
        before = tuple(name for name in names if name != "raised")
        last = ("raised",) if found.field == "raised" else names
        for mutant in known:
            if not mutant.shows_at(call, shown, last):
                continue
            begun = mutant.beginning(call)
            if not all(begun.is_like(shown, name, i) for i in range(call) for name in before):
                continue
            if mutant.deviation.is_right or mutant.deviation.call != call:
                continue
            if found.field in ("signature", "settings", "state_dtype") and mutant.deviation.field != found.field:
                continue
            matches.append(self.match(mutant, names, call, shown))
            if matches[-1].is_whole and holds(matches[-1].misconception, self.case, shown.trace, call):
                return matches[-1:]  # no other shows more
        return matches

    def match(self, mutant: Known, names: tuple[str, ...], call: int, shown: Shown) -> Match:
        """How far a mutant shows the same as a trace, beyond the call that is wrong."""
        whole, extent = mutant.whole, len(self.case.calls)
        for i in range(call + 1, len(self.case.calls)):
            if shown.is_lost(min(i, len(shown)) - 1):
                break
            if not all(whole.is_like(shown, name, i) for name in names):
                extent = i
                break
        rest = [
            whole.is_like(shown, name, i)
            for name in FIELDS
            if name not in names
            for i in range(min(extent, len(shown)))
        ]
        is_whole = extent == len(self.case.calls) and all(rest) and not shown.is_lost(call)
        return Match(mutant.mutant.misconception, extent, sum(rest) / max(len(rest), 1), is_whole, whole)

    def choose(self, matches: list[Match], found: Deviation, trace: Trace) -> Misconception | None:
        """The misconception that explains the most, if its hint is true of the trace.

        Of several, the first if their mutants show the very same in this case; none if they do not.
        """
        true = [m for m in matches if holds(m.misconception, self.case, trace, found.call)]
        true = [m for m in true if self.is_confirmed(m, found, trace)]
        for key in (lambda m: m.extent, lambda m: m.rest):
            most = max(map(key, true), default=0)
            true = [m for m in true if key(m) == most]
        others = [m for m in true if m.misconception.name != true[0].misconception.name]
        if not true or (others and true[0].shown.is_lost(found.call)):
            return None
        return true[0].misconception if all(is_twin(true[0].shown, m.shown) for m in others) else None

    def is_confirmed(self, match: Match, found: Deviation, trace: Trace) -> bool:
        """Whether a mutant shows the same in one more step, or in its buffers if the case has none.

        In a single step, two rules may come to the same numbers by chance: a first velocity is a gradient in many.
        """
        if found.field not in NUMERIC_FIELDS or match.extent > len(trace.moments):
            return True
        calls, shown = self.case.calls, Shown(self.case, trace)
        later = next((i for i in range(found.call + 1, len(calls)) if calls[i].do in ("step", "steps")), None)
        if later is None and calls[found.call].do == "step":
            return all(match.shown.is_like(shown, name, found.call) for name in BUFFERS)
        return later is None or match.extent > later


def is_unwritten(found: Deviation, trace: Trace) -> bool:
    """Whether nothing is written yet where a trace leaves the oracle. No mutant is of that kind."""
    raised = trace.moments[found.call].raised
    return raised is not None and "NotImplementedError" in raised.types


def is_twin(one: Shown, other: Shown) -> bool:
    """Whether two mutants show the very same in a case."""
    return len(one) == len(other) and all(one.is_like(other, name, i) for name in FIELDS for i in range(len(one)))


def holds(misconception: Misconception, case: Case, trace: Trace, call: int) -> bool:
    """Whether what a hint says is true of a trace that was found to be wrong after a call."""
    condition = CONDITIONS.get(misconception.name)
    return condition is None or bool(condition(case, trace, call))
