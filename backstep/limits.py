"""Every limit: its name, its value, its unit and its reason."""

from __future__ import annotations

import os
from dataclasses import dataclass

from backstep.settings import read, setting


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force."""

    source_bytes: int = setting(
        16_384, "bytes", "A definition is a page of text; more is a mistake or an attack."
    )
    nesting_depth: int = setting(
        64, "levels", "Brackets, calls and blocks inside each other; deeper than anyone can read."
    )
    literal_characters: int = setting(40, "characters", "A float64 needs 17 significant digits.")
    name_characters: int = setting(64, "characters", "Longer names cannot be drawn.")
    forward_nodes: int = setting(
        20_000, "nodes", "Operations of one network; counted while it is built."
    )
    unrolling_steps: int = setting(
        100_000,
        "parts",
        "Parts of formulas read while loops and functions are unrolled; about a second.",
    )
    scalar_nodes: int = setting(
        100_000, "nodes", "Nodes of the scalar zoom; counted from shapes before one is built."
    )
    tensor_elements: int = setting(
        1_000_000,
        "elements",
        "Elements of one tensor; counted from its shape before it is allocated.",
    )
    all_elements: int = setting(
        10_000_000, "elements", "Elements of all tensors together (80 MB of float64)."
    )
    arithmetic: int = setting(
        4_000_000_000,
        "operations",
        "Scalar operations of one forward pass, counted from shapes: two products of "
        "matrices of 1000 by 1000. The backward pass takes twice as many.",
    )
    drawn_nodes: int = setting(300, "nodes", "Past this nobody reads a picture; it is folded.")
    walk_nodes: int = setting(2_000, "nodes", "Nodes of one walk; each step carries its formulas.")
    walked_nodes: int = setting(
        6_000,
        "nodes",
        "Operations of a network that is drawn or walked, however few nodes they are folded "
        "to: the pullback of a fold takes three more passes through it. About a second.",
    )
    formula_operations: int = setting(
        20_000,
        "operations",
        "Operations of one closed formula, by an upper bound counted on the graph.",
    )
    derivation_work: int = setting(
        2_000,
        "scalars",
        "Scalars that depend on the variable of a derivative, each with a local derivative "
        "by SymPy (that of a maximum counts the size of its formula); under a second.",
    )
    answer_operations: int = setting(
        400_000, "operations", "Operations of all closed formulas of one answer: some megabytes."
    )
    hessian_parameters: int = setting(
        200,
        "numbers",
        "Parameters of one Hessian: 40,000 second derivatives. A Hessian-vector product has "
        "no such limit.",
    )
    hessian_nodes: int = setting(
        4_000,
        "nodes",
        "Operations of a network that is differentiated twice; its second derivatives are "
        "about twenty times as many, and are built one by one.",
    )
    hessian_work: int = setting(
        100_000,
        "operations",
        "Operations evaluated for the columns of one Hessian; about a second.",
    )
    latex_characters: int = setting(10_000, "characters", "What a browser sets without a pause.")
    listed_paths: int = setting(
        500,
        "paths",
        "Paths of a sum over paths; past some dozens nobody reads them, and they are only counted.",
    )
    listed_edges: int = setting(
        2_000, "edges", "Edges of all listed paths together; each is a factor with its formula."
    )
    derivation_edges: int = setting(
        150, "edges", "Local derivatives of one derivation; a board has room for fewer."
    )
    train_steps: int = setting(100_000, "updates", "Updates of one training.")
    train_parameters: int = setting(
        20_000, "numbers", "Numbers that one training learns; they travel from job to job as text."
    )
    train_examples: int = setting(10_000, "examples", "Examples of one training.")
    train_arithmetic: int = setting(
        100_000_000_000,
        "operations",
        "Scalar operations of one training, counted from shapes; about two minutes.",
    )
    train_nodes: int = setting(
        40_000_000,
        "operations",
        "Operations of one training, each on all numbers of its tensor; about two minutes.",
    )
    train_events: int = setting(2_000, "steps", "Steps that one training sends.")
    train_sent: int = setting(
        2_000_000, "numbers", "Numbers that one training sends, pictures included."
    )
    train_seconds: float = setting(
        0.2,
        "seconds",
        "After so much processor time a job hands a training back, so that others get their turn.",
    )
    sweep_runs: int = setting(
        400, "trainings", "Trainings of one sweep: 20 learning rates by 20 seeds."
    )
    sweep_batches: int = setting(
        20, "sizes", "Sizes of batches of one sweep; for each the text is read anew."
    )
    sweep_arithmetic: int = setting(
        400_000_000_000,
        "operations",
        "Scalar operations of one sweep, counted from shapes: four of the longest trainings.",
    )
    sweep_nodes: int = setting(
        160_000_000, "operations", "Operations of one sweep, each on all numbers of its tensor."
    )
    sweep_sent: int = setting(
        200_000, "numbers", "Numbers that one sweep sends; some megabytes, kept to be sent again."
    )
    sweep_resume_seconds: float = setting(
        60.0,
        "seconds",
        "A sweep or a training that nobody listens to rests for so long, and is forgotten then.",
    )
    trainings_bytes: int = setting(
        32_000_000,
        "bytes",
        "Requests and states of all trainings that can be gone on with; past it the oldest cannot.",
    )
    sweeps_bytes: int = setting(
        128_000_000,
        "bytes",
        "All sweeps together, with what is sent of them; one more is refused for now.",
    )
    exported_numbers: int = setting(
        1_000_000,
        "numbers",
        "Numbers written into one exported file: its inputs, its parameters and their "
        "gradients; 250 thousand of them are 6 MB of text.",
    )
    exported_slides: int = setting(
        200, "steps", "Steps of a walk as slides, each with its drawing; no lecture has more."
    )
    picture_pixels: int = setting(
        40_000_000, "pixels", "Pixels of one PNG picture: 160 MB while it is drawn."
    )
    listed_elements: int = setting(
        400,
        "elements",
        "A tensor at a step of a walk is listed up to 20 by 20 and summarised past that.",
    )
    body_bytes: int = setting(4_000_000, "bytes", "A request's body; tensors travel in `values`.")
    header_bytes: int = setting(16_384, "bytes", "All headers of a request together.")
    address_bytes: int = setting(16_384, "bytes", "A longer state cannot be a link.")
    job_seconds: float = setting(
        2.0, "seconds", "Processor time of one job of mathematics; past it the worker is killed."
    )
    job_wall_seconds: float = setting(
        30.0,
        "seconds",
        "The same by the wall clock, for a job that hangs or waits for a busy machine: at a "
        "fifteenth of a processor a job of 2 s still ends, and nobody waits longer. A job "
        "whose `job_seconds` are more has those.",
    )
    job_memory_bytes: int = setting(
        1_000_000_000, "bytes", "Address space a job may add to what its worker started with."
    )
    layout_seconds: float = setting(
        1.5, "seconds", "Processor time of Graphviz; past it our own, plainer layout takes over."
    )
    cheap_seconds: float = setting(
        0.1,
        "seconds",
        "Processor time of a job that takes a place kept for cheap ones; one that is counted to "
        "take longer, or does, is begun anew in a place for any.",
    )
    cancelled_seconds: float = setting(
        0.5,
        "seconds",
        "Processor time that a job may still take when its client has gone, so that hanging up "
        "costs no worker where the job is nearly done.",
    )
    client_seconds: float = setting(
        60.0,
        "seconds",
        "Processor time of workers that one client may take at once; past it 429, with the time "
        "until there is more.",
    )
    client_rate: float = setting(
        1.0,
        "seconds",
        "Processor time that a client may take for each second that passes.",
    )
    client_running: int = setting(4, "jobs", "Jobs of one client under way at once.")
    client_waiting: int = setting(
        8, "jobs", "Jobs of one client in line; past it 429 with Retry-After.", least=0
    )
    all_waiting: int = setting(
        256,
        "jobs",
        "Jobs of all clients in line; past it every client is told to come back later.",
        least=0,
    )
    streams: int = setting(
        200, "trainings", "Trainings under way at once, of all clients together."
    )
    client_streams: int = setting(4, "trainings", "The same for one client.")
    class_clients: int = setting(
        500,
        "clients",
        "Clients that one address of `BACKSTEP_CLASS_ADDRESSES` stands for: some classes at once.",
    )
    stream_seconds: float = setting(
        600.0, "seconds", "A training that has been sending for so long is ended."
    )
    waiting_seconds: float = setting(
        10.0,
        "seconds",
        "A job that has stood in line for so long is refused: nobody waits for it any more.",
    )
    admitted_waiting_seconds: float = setting(
        30.0,
        "seconds",
        "The same for a part of a request that has been let in, or a piece of a training.",
    )
    answer_bytes: int = setting(
        64_000_000, "bytes", "An answer as JSON; a browser is slow to read even this."
    )
    connections: int = setting(
        2_000,
        "connections",
        "Connections at once, a few kilobytes each; one more is answered 503 and closed.",
    )
    client_connections: int = setting(
        200,
        "connections",
        "Connections of one address at once, so that nobody takes them all; those of a trusted "
        "proxy are of many clients and are not counted.",
    )
    held_bytes: int = setting(
        96_000_000,
        "bytes",
        "Bodies of all requests under way together; one that would pass it is refused for now.",
    )
    client_held_bytes: int = setting(
        32_000_000,
        "bytes",
        "The same for one client: eight of the largest bodies.",
    )
    ending_seconds: int = setting(
        10,
        "seconds",
        "After SIGTERM, requests under way have so long to be answered; then it is 503.",
    )
    shared_seconds: float = setting(
        86_400.0,
        "seconds",
        "An answer is kept for so long in the Redis that replicas share.",
    )
    shared_bytes: int = setting(
        1_000_000,
        "bytes",
        "A longer answer is not kept there: to fetch it would hold up the others.",
    )
    state_bytes: int = setting(
        262_144, "bytes", "A link's state once it is unpacked; its text alone can be 16 kB."
    )
    receive_seconds: float = setting(
        10.0,
        "seconds",
        "A request must have arrived completely by then, or its connection is closed.",
    )


LIMITS = read(Limits, os.environ)
