"""What a run of the fuzzer came to, in figures. Runs nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.fuzz.calls import Asked
from tests.fuzz.trial import Outcome


@dataclass(slots=True)
class Figures:
    """Counts of a run; of each failure the first call that met it."""

    programs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    met: dict[str, tuple[Asked, Outcome]] = field(default_factory=dict)

    def add(self, asked: Asked, outcome: Outcome) -> None:
        """Count a call."""
        self.outcomes[outcome.kind] += 1
        if outcome.kind == "refusal":
            self.refusals[outcome.code] += 1
        elif outcome.kind == "late":
            self.late[asked.call] += 1
        elif outcome.kind == "failure":
            self.failures[outcome.code] += 1
            self.met.setdefault(outcome.code, (asked, outcome))

    @property
    def calls(self) -> int:
        """How many there were."""
        return self.outcomes.total()

    def told(self) -> str:
        """The figures in lines."""
        lines = [
            f"programs  {self.programs:,}",
            f"calls     {self.calls:,}",
            f"answers   {self.outcomes['answer']:,}",
            f"refusals  {self.outcomes['refusal']:,}: {_each(self.refusals)}",
            f"time-ups  {self.outcomes['late']:,}: {_each(self.late)}",
            f"failures  {self.outcomes['failure']:,}: {_each(self.failures)}",
        ]
        return "\n".join(lines)


def _each(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common())
