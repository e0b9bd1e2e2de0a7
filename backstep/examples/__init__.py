"""The built-in examples: definitions that ship as files, each with a description.

Each file is a complete definition. Its first comment lines, up to the first empty line, are its
head: `# name: value`; longer values continue in indented lines. The file's name is the example's
id. A head has `title` and `about`, the expected values (`loss` and `gradient NAME`, to six digits)
and the example's position in lists: `order` has its group and its position there, `training` its
position among the trainings and the fields of a request for one, by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

GROUPS: Mapping[str, str] = {
    "networks": "Small networks",
    "circuits": "Circuits",
    "units": "Units",
    "layers": "Layers",
    "sequences": "Sequences",
    "models": "Models",
    "blocks": "Blocks of large networks",
    "derivatives": "A derivative inside the loss",
}
"""The subjects of the examples with their titles, in the order in which they are listed."""
_LISTED = ("order", "training")
_GRADIENT = "gradient "


@dataclass(frozen=True, slots=True)
class Example:
    """A definition to open; `about` says in a sentence or two what it shows.

    `loss` and `gradients`, a number or nested lists by parameter, are its values to six digits;
    only some gradients are listed.
    """

    id: str
    title: str
    about: str
    source: str
    loss: float
    gradients: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Training:
    """An example and its training: the fields of a request for one, by name."""

    example: Example
    options: Mapping[str, str | float]


def read(name: str, text: str) -> tuple[Example, dict[str, str]]:
    """The example in a file's text, and its rows `order` and `training`.

    Raises ValueError for a malformed head.
    """
    head, _, source = text.partition("\n\n")
    rows = _rows(name, head)
    try:
        example = Example(
            id=name,
            title=rows.pop("title"),
            about=rows.pop("about"),
            source=source,
            loss=json.loads(rows.pop("loss")),
            gradients={
                each.removeprefix(_GRADIENT): json.loads(rows.pop(each))
                for each in [*rows]
                if each.startswith(_GRADIENT)
            },
        )
    except KeyError as missing:
        raise ValueError(f"example {name}: its head has no {missing.args[0]}") from None
    if not source or not example.gradients or not rows or not rows.keys() <= {*_LISTED}:
        raise ValueError(
            f"example {name}: a head has title, about, loss, at least one gradient, "
            f"order or training, and nothing else; a definition follows an empty line"
        )
    return example, rows


def _rows(name: str, head: str) -> dict[str, str]:
    """The values of a head by their names, each on one line."""
    rows: dict[str, str] = {}
    key = ""
    for line in head.split("\n"):
        if line.startswith("#   ") and key:
            rows[key] += " " + line[1:].strip()
            continue
        key, colon, value = line.removeprefix("# ").partition(": ")
        if not line.startswith("# ") or not colon or key in rows:
            raise ValueError(f"example {name}: {line!r} is no new '# name: value'")
        rows[key] = value
    return rows


def _listed_under(
    key: str, place: Callable[[str], tuple[int, ...]]
) -> Iterator[tuple[Example, str]]:
    """The examples that a head's row lists, in order, each with the row."""
    listed = [(place(rows[key]), example, rows[key]) for example, rows in _FILES if key in rows]
    for _, example, row in sorted(listed, key=lambda each: each[0]):
        yield example, row


def _in_group(row: str) -> tuple[int, ...]:
    group, place = row.split()
    return list(GROUPS).index(group), int(place)


def _in_trainings(row: str) -> tuple[int, ...]:
    return (int(row.split()[0]),)


def _options(row: str) -> dict[str, str | float]:
    """The fields `name=value` of a training, numbers as numbers."""
    fields = dict(field.split("=") for field in row.split()[1:])
    return {
        name: value if value.isidentifier() else json.loads(value) for name, value in fields.items()
    }


_FILES = [
    read(path.stem, path.read_text(encoding="utf-8"))
    for path in sorted(Path(__file__).parent.glob("*.nn"))
]
EXAMPLES: tuple[Example, ...] = tuple(example for example, _ in _listed_under("order", _in_group))
SUBJECTS: Mapping[str, str] = {
    example.id: GROUPS[row.split()[0]] for example, row in _listed_under("order", _in_group)
}
"""By an example's id the title of its subject."""
TRAININGS: tuple[Training, ...] = tuple(
    Training(example, _options(row)) for example, row in _listed_under("training", _in_trainings)
)
