"""Texts in JAX's words, as tutorials and courses write them."""

from __future__ import annotations

from tests.importers.snippet import Snippet

JAX = (
    Snippet(
        "jax_layers",
        """
import jax
import jax.numpy as jnp
from jax import random, grad, jit

def init_layer(m, n, key, scale=0.5):
    w_key, b_key = random.split(key)
    return scale * random.normal(w_key, (n, m)), scale * random.normal(b_key, (n,))

sizes = [3, 4, 2]
keys = random.split(random.PRNGKey(0), len(sizes))
params = [init_layer(m, n, k) for m, n, k in zip(sizes[:-1], sizes[1:], keys)]

def predict(params, image):
    activations = image
    for w, b in params[:-1]:
        activations = jax.nn.relu(jnp.dot(w, activations) + b)
    final_w, final_b = params[-1]
    logits = jnp.dot(final_w, activations) + final_b
    return logits - jax.nn.logsumexp(logits)

def loss(params, image, target):
    return -jnp.sum(predict(params, image) * target)

image = jnp.array([0.5, -1.0, 2.0])
target = jnp.array([0.0, 1.0])
value, grads = jax.value_and_grad(loss)(params, image, target)
params = [(w - 0.1 * dw, b - 0.1 * db) for (w, b), (dw, db) in zip(params, grads)]
""",
        {
            "params_0_0": "start[0][0]",
            "params_0_1": "start[0][1]",
            "params_1_0": "start[1][0]",
            "params_1_1": "start[1][1]",
        },
        {"params_0_0": "grads[0][0]", "params_1_1": "grads[1][1]"},
        loss="value",
        quiet=(("value, grads", "start = params\nvalue, grads"),),
        library="jax",
        roles={"image": "input", "target_": "target"},
    ),
    Snippet(
        "jax_logistic",
        """
import jax.numpy as jnp
from jax import grad

def sigmoid(x):
    return 0.5 * (jnp.tanh(x / 2) + 1)

def predict(W, b, inputs):
    return sigmoid(jnp.dot(inputs, W) + b)

inputs = jnp.array([[0.52, 1.12,  0.77],
                    [0.88, -1.08, 0.15],
                    [0.52, 0.06, -1.30],
                    [0.74, -2.49, 1.39]])
targets = jnp.array([True, True, False, True])

def loss(W, b):
    preds = predict(W, b, inputs)
    label_probs = preds * targets + (1 - preds) * (1 - targets)
    return -jnp.sum(jnp.log(label_probs))

W = jnp.array([0.3, -0.2, 0.1])
b = 0.05
W_grad, b_grad = grad(loss, (0, 1))(W, b)
""",
        {"W": "W", "b": "b"},
        {"W": "W_grad", "b": "b_grad"},
        loss="loss(W, b)",
        library="jax",
    ),
    Snippet(
        "jax_tree",
        """
import jax, jax.numpy as jnp

def forward(params, x):
    h = jax.nn.gelu(x @ params['W1'] + params['b1'])
    return h @ params['W2'] + params['b2']

@jax.jit
def loss_fn(params, x, y):
    return jnp.mean((forward(params, x) - y) ** 2)

key = jax.random.key(0)
k1, k2, k3 = jax.random.split(key, 3)
params = {
    'W1': jax.random.normal(k1, (3, 4)),
    'b1': jnp.zeros(4),
    'W2': jax.random.normal(k2, (4, 1)),
    'b2': jnp.zeros(1),
}
x = jax.random.normal(k3, (5, 3))
y = jnp.ones((5, 1))
loss, grads = jax.value_and_grad(loss_fn)(params, x, y)
params = jax.tree.map(lambda p, g: p - 0.1 * g, params, grads)
""",
        {name: f"start['{name}']" for name in ("W1", "b1", "W2", "b2")} | {"x": "x"},
        {name: f"grads['{name}']" for name in ("W1", "b1", "W2", "b2")},
        quiet=(("loss, grads", "start = params\nloss, grads"),),
        library="jax",
        roles={"y": "target"},
    ),
)
