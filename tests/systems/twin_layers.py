"""Layers as steps of a network that is written twice: dense, recurrent, windows, normalising."""

from __future__ import annotations

from tests.systems.twin_writer import Step, Writer


def dense(w: Writer) -> None:
    units = int(w.random.integers(1, 6))
    name = w.fresh()
    init = w.choose("", ", init=he", ", init=xavier")
    w.owned.append(f"{name}.W")
    w.give(
        f"dense({{x}}, {units}{init})",
        'F.linear({x}, own["{name}.W"], own["{name}.b"])',
        (*w.shape[:-1], units),
        name,
    )


def deep(w: Writer) -> None:
    """Layers of their own in a loop, or one layer used again and again."""
    name, size, passes = w.fresh(), w.shape[-1], int(w.random.integers(1, 4))
    own_layers = w.random.integers(2)
    places = [f"{name}[{k}]" if own_layers else name for k in range(passes)]
    w.ours += [
        f"{name} = {w.last}",
        f"for k in {'layers' if own_layers else 'range'}({passes}):",
        f"    {name} = tanh(dense({name}, {size}))",
    ]
    w.torch.append(f"{name} = {w.last}")
    for place in places:
        linear = f'F.linear({name}, own["{place}.W"], own["{place}.b"])'
        w.torch.append(f"{name} = torch.tanh({linear})")
    w.owned.append(f"{places[0]}.W")
    w.settle(name, w.shape)


def product(w: Writer) -> None:
    units = int(w.random.integers(1, 5))
    weight = w.param((units, w.shape[-1]), "xavier")
    w.give(f"{{x}} @ {weight}.T", f"{{x}} @ {weight}.T", (*w.shape[:-1], units))


def layer_norm(w: Writer) -> None:
    size = w.shape[-1]
    gain, bias = w.param((size,), "normal(1, 0.3)"), w.param((size,))
    eps = w.choose("", ", eps=0.01")
    w.give(
        f"layer_norm({{x}}, {gain}, {bias}{eps})",
        f"F.layer_norm({{x}}, ({size},), {gain}, {bias}{eps})",
        w.shape,
    )


def batch_norm(w: Writer) -> None:
    features = w.shape[1]
    gain, bias = w.param((features,), "normal(1, 0.3)"), w.param((features,))
    w.give(
        f"batch_norm({{x}}, {gain}, {bias})",
        f"F.batch_norm({{x}}, None, None, {gain}, {bias}, training=True)",
        w.shape,
    )


def attention(w: Writer) -> None:
    width, name = int(w.random.integers(2, 5)), w.fresh()
    parts = ", ".join(f'{{x}} @ own["{{name}}.W_{part}"].T' for part in "qkv")
    w.give(
        f"self_attention({{x}}, {width})",
        f"F.scaled_dot_product_attention({parts})",
        (*w.shape[:-1], width),
        name,
    )


def memory(w: Writer) -> None:
    """Attention to vectors of the network's own."""
    keys = w.param((4, w.shape[-1]))
    values = w.param((4, 3))
    w.give(
        f"attention({{x}}, {keys}, {values})",
        f"F.scaled_dot_product_attention({{x}}, {keys}, {values})",
        (*w.shape[:-1], 3),
    )


def recurrent(w: Writer) -> None:
    """The rows as steps in time; the weights are shared by all of them."""
    steps, units, name = w.shape[0], int(w.random.integers(1, 4)), w.fresh()
    cell = w.choose("rnn", "lstm")
    start, x = ", ".join(map(str, (*w.shape[1:-1], units))), w.last
    own = f'{x}[t] @ own["{name}.W_x"].T + {name} @ own["{name}.W_h"].T + own["{name}.b"]'
    w.ours.append(f"{name} = zeros({start})")
    w.torch.append(f"{name} = torch.zeros({start})")
    if cell == "lstm":
        w.ours.append(f"c{name} = ones({start})")
        w.torch.append(f"c{name} = torch.ones({start})")
    w.ours.append(f"for t in range({steps}):")
    w.torch.append(f"for t in range({steps}):")
    if cell == "rnn":
        w.ours.append(f"    {name} = rnn_cell({x}[t], {name})")
        w.torch.append(f"    {name} = torch.tanh({own})")
    else:
        w.ours.append(f"    {name}, c{name} = lstm_cell({x}[t], {name}, c{name})")
        w.torch += [
            f"    i, f, g, o = ({own}).chunk(4, -1)",
            f"    c{name} = torch.sigmoid(f)*c{name} + torch.sigmoid(i)*torch.tanh(g)",
            f"    {name} = torch.sigmoid(o)*torch.tanh(c{name})",
        ]
    w.settle(name, (*w.shape[1:-1], units))


def convolve(w: Writer) -> None:
    """With kernels of its own, or given ones, with or without a bias."""
    channels, *lengths = w.shape[-axes_of(w) - 1 :]
    axes, filters = axes_of(w), int(w.random.integers(1, 4))
    kernel = int(w.random.integers(1, min(3, *lengths) + 1))
    stride, padding = int(w.random.integers(1, 3)), int(w.random.integers(0, 2))
    options = f"stride={stride}, padding={padding}"
    given = (length + 2 * padding - kernel for length in lengths)
    shape = (*w.shape[: -axes - 1], filters, *(room // stride + 1 for room in given))
    name = w.fresh()
    if w.random.integers(2):
        w.owned.append(f"{name}.W")
        ours = f"filters={filters}, kernel={kernel}"
        torch = 'own["{name}.W"], own["{name}.b"]'
    else:
        ours = torch = w.param((filters, channels, *[kernel] * axes), "he")
        if w.random.integers(2):
            ours = torch = f"{ours}, {w.param((filters,))}"
    w.give(
        f"conv{axes}d({{x}}, {ours}, {options})",
        f"F.conv{axes}d({{x}}, {torch}, {options})",
        shape,
        name,
    )


def pool(w: Writer) -> None:
    axes, kind = axes_of(w), w.choose("max", "avg")
    lengths = w.shape[-axes:]
    size = int(w.random.integers(1, min(3, *lengths) + 1))
    stride = w.choose(None, 1, 2)
    ours = f"{size}" if stride is None else f"{size}, stride={stride}"
    step = size if stride is None else stride
    shape = (*w.shape[:-axes], *((length - size) // step + 1 for length in lengths))
    w.give(f"{kind}_pool{axes}d({{x}}, {ours})", f"F.{kind}_pool{axes}d({{x}}, {ours})", shape)


def axes_of(w: Writer) -> int:
    """Over how many axes windows move: signals have one, images two."""
    return int(w.kind[-1])


def flatten(w: Writer) -> None:
    """A vector of all elements, or a row of them for each of a batch."""
    batch = w.shape[: len(w.shape) - axes_of(w) - 1]
    size = 1
    for length in w.shape[len(batch) :]:
        size *= length
    if batch:
        w.give(f"reshape({{x}}, {batch[0]}, {size})", "{x}.flatten(1)", (*batch, size))
    else:
        w.give("flatten({x})", "{x}.flatten()", (size,))


ON_VECTORS: tuple[Step, ...] = (dense, dense, deep, product, layer_norm)
ON_ROWS: tuple[Step, ...] = (*ON_VECTORS, batch_norm, attention, memory)
ON_SEQUENCES: tuple[Step, ...] = (product, layer_norm, batch_norm, attention)
ON_WINDOWS: tuple[Step, ...] = (convolve, convolve, convolve, pool, pool)
