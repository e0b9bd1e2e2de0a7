"""Every limit: its name, its default and its reason."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force; each can be set by an environment variable `BACKSTEP_<NAME>`."""

    source_bytes: int = 16_384
    """A definition is a page of text; more is a mistake or an attack."""
    nesting_depth: int = 64
    """Brackets, calls and blocks inside each other; deeper than anyone can read."""
    literal_characters: int = 40
    """A float64 needs 17 significant digits."""
    name_characters: int = 64
    """Longer names cannot be drawn."""
    forward_nodes: int = 20_000
    """Operations of one network; counted while it is built."""
    unrolling_steps: int = 100_000
    """Parts of formulas read while loops and functions are unrolled; about a second."""
    scalar_nodes: int = 100_000
    """Nodes of the scalar zoom; counted from shapes before one is built."""
    tensor_elements: int = 1_000_000
    """Elements of one tensor; counted from its shape before it is allocated."""
    all_elements: int = 10_000_000
    """Elements of all tensors together (80 MB of float64)."""
    arithmetic: int = 4_000_000_000
    """Scalar operations of one forward pass, counted from shapes: two products of matrices of 1000
    by 1000. The backward pass takes twice as many.
    """
    drawn_nodes: int = 300
    """Past this nobody reads a picture; it is folded."""
    walk_nodes: int = 2_000
    """Nodes of one walk; each step carries its formulas."""
    walked_nodes: int = 6_000
    """Operations of a network that is drawn or walked, however few nodes they are folded to: the
    pullback of a fold takes three more passes through it. About a second.
    """
    formula_operations: int = 20_000
    """Operations of one closed formula, by an upper bound counted on the graph."""
    derivation_work: int = 2_000
    """Scalars that depend on the variable of a derivative, each with a local derivative by SymPy
    (that of a maximum counts the size of its formula); under a second.
    """
    answer_operations: int = 400_000
    """Operations of all closed formulas of one answer: some megabytes."""
    hessian_parameters: int = 200
    """Parameters of one Hessian: 40,000 second derivatives. A Hessian-vector product has no such
    limit.
    """
    hessian_nodes: int = 4_000
    """Operations of a network that is differentiated twice; its second derivatives are about twenty
    times as many, and are built one by one.
    """
    hessian_work: int = 100_000
    """Operations evaluated for the columns of one Hessian; about a second."""
    latex_characters: int = 10_000
    """What a browser sets without a pause."""
    listed_paths: int = 500
    """Paths of a sum over paths; past some dozens nobody reads them, and they are only counted."""
    listed_edges: int = 2_000
    """Edges of all listed paths together; each is a factor with its formula."""
    derivation_edges: int = 150
    """Local derivatives of one derivation; a board has room for fewer."""
    train_steps: int = 100_000
    """Updates of one training."""
    train_parameters: int = 20_000
    """Numbers that one training learns; they travel from job to job as text."""
    train_examples: int = 10_000
    """Examples of one training."""
    train_arithmetic: int = 100_000_000_000
    """Scalar operations of one training, counted from shapes; about two minutes."""
    train_nodes: int = 40_000_000
    """Operations of one training, each on all numbers of its tensor; about two minutes."""
    train_events: int = 2_000
    """Steps that one training sends."""
    train_sent: int = 2_000_000
    """Numbers that one training sends, pictures included."""
    train_seconds: float = 0.2
    """After so much processor time a job hands a training back, so that others get their turn."""
    exported_numbers: int = 1_000_000
    """Numbers written into one exported file: its inputs, its parameters and their gradients; 250
    thousand of them are 6 MB of text."""
    exported_slides: int = 200
    """Steps of a walk as slides, each with its drawing; no lecture has more."""
    listed_elements: int = 400
    """A tensor at a step of a walk is listed up to 20 by 20 and summarised past that."""
    body_bytes: int = 4_000_000
    """A request's body; tensors travel in `values`."""
    header_bytes: int = 16_384
    """All headers of a request together."""
    address_bytes: int = 16_384
    """A longer state cannot be a link."""
    job_seconds: float = 2.0
    """Processor time of one job of mathematics; past it the worker is killed."""
    job_wall_seconds: float = 30.0
    """The same by the wall clock, for a job that hangs or waits for a busy machine: at a fifteenth
    of a processor a job of 2 s still ends, and nobody waits longer. A job whose `job_seconds` are
    more has those.
    """
    job_memory_bytes: int = 1_000_000_000
    """Address space a job may add to what its worker started with."""
    layout_seconds: float = 1.5
    """Processor time of Graphviz; past it our own, plainer layout takes over."""
    client_running: int = 4
    """Jobs of one client under way at once."""
    client_waiting: int = 8
    """Jobs of one client in line; past it 429 with Retry-After."""
    all_waiting: int = 64
    """Jobs of all clients in line; past it every client is told to come back later."""
    streams: int = 200
    """Trainings under way at once, of all clients together."""
    client_streams: int = 4
    """The same for one client."""
    stream_seconds: float = 600.0
    """A training that has been sending for so long is ended."""
    waiting_seconds: float = 10.0
    """A job that has stood in line for so long is refused: nobody waits for it any more."""
    answer_bytes: int = 64_000_000
    """An answer as JSON; a browser is slow to read even this."""
    state_bytes: int = 262_144
    """A link's state once it is unpacked; its text alone can be 16 kB."""
    receive_seconds: float = 10.0
    """A request must have arrived completely by then, or its connection is closed."""


def _from_environment() -> Limits:
    given: dict[str, int | float] = {}
    for field in fields(Limits):
        text = os.environ.get(f"BACKSTEP_{field.name.upper()}")
        if text is not None:
            given[field.name] = type(field.default)(text)  # type: ignore[misc]
    return Limits(**given)  # type: ignore[arg-type]


LIMITS = _from_environment()
