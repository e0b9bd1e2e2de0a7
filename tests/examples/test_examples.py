"""The examples as files: each gives the values in its head, and a head that is wrong is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.web.training_page import options
from backstep import examples
from backstep.examples import EXAMPLES, GROUPS, TRAININGS, Example, read
from tests.asking import CALLS
from tests.binding.reading import array

FILES = sorted(Path(examples.__file__).parent.glob("*.nn"))
BY_ID = {each.id: each for each in (*EXAMPLES, *(training.example for training in TRAININGS))}
FILE = "# title: A square\n# about: It\n#   bends.\n# order: units 9\n# loss: 4\n# gradient w: 4\n"
SOURCE = "param w = 2\n\nL = w^2\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_gives_the_values_in_its_head(path: Path) -> None:
    example = BY_ID[path.stem]
    # The whole file, head and all, is a definition too.
    for source in (example.source, path.read_text(encoding="utf-8")):
        answer = CALLS["evaluate"]({"source": source})
        assert array(answer["loss"]["value"]) == pytest.approx(example.loss, rel=5e-6)
        for name, expected in example.gradients.items():
            found = array(answer["gradients"][name])
            assert found == pytest.approx(array(expected), rel=5e-6, abs=1e-14), name


def test_gradients_of_what_is_only_trained_are_held_by_differences() -> None:
    # Every other example is held so on its whole way (tests/systems).
    trained = [each.example for each in TRAININGS if each.example not in EXAMPLES]
    assert trained
    for example in trained:
        assert CALLS["check"]({"source": example.source})["agree"], example.id


def test_every_file_is_listed_and_examples_are_told_apart() -> None:
    assert {path.stem for path in FILES} == BY_ID.keys()
    for part in ("id", "title", "about", "source"):
        assert len({getattr(each, part) for each in BY_ID.values()}) == len(BY_ID), part
    for example in BY_ID.values():
        assert example.about.endswith("."), example.id
        assert len(example.about) < 320, example.id
        assert example.source.endswith("\n"), example.id
        assert not example.source.endswith("\n\n"), example.id


def test_places_in_a_group_have_no_holes() -> None:
    under: dict[str, list[str]] = {"order": [], "training": []}
    for path in FILES:
        _, rows = read(path.stem, path.read_text(encoding="utf-8"))
        for key, row in rows.items():
            under[key].append(row)
    for group in GROUPS:
        places = [int(row.split()[1]) for row in under["order"] if row.split()[0] == group]
        assert sorted(places) == list(range(1, len(places) + 1)) != [], group
    places = [int(row.split()[0]) for row in under["training"]]
    assert sorted(places) == list(range(1, len(places) + 1))


def test_newtons_step_is_by_the_hessian_of_the_loss() -> None:
    found = CALLS["evaluate"]({"source": BY_ID["newton-step"].source})["values"]
    second = CALLS["hessian"]({"source": BY_ID["newton-step"].source})
    assert second["matrix_formulas"]["w"]["w"]["text"] == "X.T @ diag(p*(1 - p)) @ X"
    np.testing.assert_allclose(found["H"], second["hessian"]["w"]["w"], rtol=1e-12)
    # By PyTorch's functional Hessian and torch.linalg.solve.
    np.testing.assert_allclose(found["w_next"], [-0.00805883931395, -0.11177761036], rtol=1e-9)


def test_three_linear_layers_are_one() -> None:
    layers = CALLS["evaluate"]({"source": BY_ID["linear-layers"].source})["values"]
    np.testing.assert_allclose(np.array(layers["A"]) @ layers["x"], layers["y"], rtol=1e-12)


def test_a_training_has_the_fields_of_a_request() -> None:
    for training in TRAININGS:
        asked = options({name: str(value) for name, value in training.options.items()})
        assert training.options.items() <= {**asked, **asked["settings"]}.items()


def test_a_head_is_read() -> None:
    example, rows = read("square", f"{FILE}\n{SOURCE}")
    assert example == Example("square", "A square", "It bends.", SOURCE, 4, {"w": 4})
    assert rows == {"order": "units 9"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FILE.replace("# title: A square\n", "") + "\n" + SOURCE, "has no title"),
        (FILE.replace("# loss: 4\n", "") + "\n" + SOURCE, "has no loss"),
        (FILE.replace("# gradient w: 4\n", "") + "\n" + SOURCE, "at least one gradient"),
        (FILE.replace("# order: units 9\n", "") + "\n" + SOURCE, "order or training"),
        (FILE.replace("order", "ordre") + "\n" + SOURCE, "nothing else"),
        (FILE.replace("# loss: 4", "# loss: 4\n# loss: 5") + "\n" + SOURCE, "no new"),
        (FILE + SOURCE, "no new '# name: value'"),
        (FILE, "no new '# name: value'"),
    ],
)
def test_a_wrong_head_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"example square: .*{said}"):
        read("square", text)
