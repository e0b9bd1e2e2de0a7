"""What is recognised by its value sends back what its parts do, to every name of the text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from backstep.autodiff.gradient import by_meaning, differentiate
from backstep.autodiff.reverse import adjoint_of, broadcast_whole
from backstep.evaluate.initial import initial_values
from backstep.evaluate.numeric import compute
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.definition import Definition
from backstep.ops import TABLE
from backstep.simplify.recognise import meanings

GIVEN = (
    "param z[3] ~ normal(0, 1)\nparam Z[2, 3] ~ normal(0, 1)\nparam X[4, 3] ~ normal(0, 1)\n"
    "param x[5] ~ normal(0, 1)\nparam w = 0.4\nparam q = 0.7\nparam g[4, 3] ~ normal(0, 1)\n"
    "param r[3] ~ uniform(0.5, 2)\nparam Q[3, 3] ~ normal(0, 1)\n"
)
SIGNALS = (
    "param s[2, 6] ~ normal(0, 1)\nparam S[3, 2, 6] ~ normal(0, 1)\n"
    "param k[3, 2, 2] ~ normal(0, 1)\nparam b[3] ~ normal(0, 1)\n"
    "param i[2, 5, 4] ~ normal(0, 1)\nparam I[2, 2, 5, 4] ~ normal(0, 1)\n"
    "param m[3, 2, 2, 3] ~ normal(0, 1)\n"
)
RECOGNISED: Mapping[str, str] = {
    "a sigmoid": "u = 1/(1+exp(-z))\nL = sum(u^3)",
    "a sigmoid by exponentials of the argument": "u = exp(z)/(1+exp(z))\nL = sum(u^3)",
    "a sigmoid as a power": "u = (1+exp(-w*z))^-1\nL = sum(u^3)",
    "a sigmoid twice": "u = exp(z)/(exp(z)+1)*2\nL = sum(u^3)",
    "a sigmoid without a name": "L = -log(1/(1+exp(-w*q)))",
    "one of two classes": "p = exp(w*q)/(exp(w*q)+exp(q*q))\nL = -log(p)+p^2",
    "shares with factors": "p = 2*exp(w*q)*w/(exp(q)+2*exp(w*q)*w+q*exp(w))\nL = p^2",
    "a share beside a number": "p = exp(z)/(exp(z)+w)\nL = sum(p^2*r)",
    "a share of a difference": "p = exp(z)/(exp(z)-w)\nL = sum(p^2*r)",
    "a share without an exponential": "p = w/(w+exp(z))\nL = sum(p^2*r)",
    "a softmax": "e = exp(z)\ns = e/sum(e)\nL = sum(s^2*r)",
    "a softmax of what is shifted": "m = max(z)\ns = exp(z-m)/sum(exp(z-m))\nL = sum(s^2*r)",
    "a softmax of rows": "s = exp(Z)/sum(exp(Z),axis=1,keepdims=true)\nL = sum(s^2*r)",
    "a softmax of columns": "s = exp(Z)/sum(exp(Z),axis=0)\nL = sum(s^2*r)",
    "a softmax of a whole matrix": "s = exp(Z)/sum(exp(Z))\nL = sum(s^2*r)",
    "a softmax by a factor": "s = exp(Z)*(1/sum(exp(Z),axis=1,keepdims=true))\nL = sum(s^2*r)",
    "a softmax of rows, shifted along the other axis": (
        "s = exp(Q - max(Q, axis=1))/sum(exp(Q - max(Q,axis=1)),axis=1,keepdims=true)\n"
        "L = sum(s^2*r)"
    ),
    "a softmax shifted by a scalar": (
        "s = exp(Q - w*q)/sum(exp(Q - w*q),axis=1,keepdims=true)\nL = sum(s^2*r)"
    ),
    "cross-entropy": "e = exp(z)\ns = e/sum(e)\nL = -sum(r*log(s))",
    "columns standardised": (
        "mu = mean(X,axis=0)\nv = mean((X-mu)^2,axis=0)\nxh = (X-mu)/sqrt(v+1e-2)\nL = sum(g*xh^2)"
    ),
    "by a factor, with n - 1": (
        "mu = sum(X,axis=0)/4\n"
        "c = X-mu\n"
        "v = sum(c*c,axis=0)/3\n"
        "vi = (v+0.01)^-0.5\n"
        "xh = c*vi\n"
        "L = sum(g*xh^2)"
    ),
    "rows standardised, a parameter added": (
        "mu = mean(X,axis=1,keepdims=true)\n"
        "xh = (X-mu)/sqrt(var(X,axis=1,keepdims=true)+w^2)\n"
        "L = sum(g*xh^2)"
    ),
    "by std": "xh = (x-mean(x))/std(x)\nL = sum(xh^3)",
    "layer norm": "L = sum(g*layer_norm(X)^2)",
    "batch norm": "L = sum(g*batch_norm(X)^2)",
    "columns, a parameter added": (
        "mu = mean(X,axis=0)\n"
        "v = mean((X-mu)^2,axis=0)\n"
        "vi = 1/sqrt(v+w^2)\n"
        "xh = (X-mu)*vi\n"
        "L = sum(g*xh*w)"
    ),
    "a whole matrix standardised": "xh = (X-mean(X))/sqrt(mean((X-mean(X))^2))\nL = sum(g*xh*w)",
    "by sums and numbers": (
        "mu = 1/4*sum(X,axis=0)\nxh = (X-mu)/sqrt(0.3*sum((X-mu)*(X-mu),axis=0)+1e-3)\nL = sum(xh)"
    ),
    "a normal density's logarithm": "p = exp(-(x-w)^2/(2*q^2))/sqrt(2*pi*q^2)\nL = sum(log(p))",
    "with the root apart": "p = exp(-(x-w)^2/(2*q^2))/(q*sqrt(2*pi))\nL = -sum(log(p))/5+sum(p)",
    "a product's logarithm": "L = sum(log(r*exp(-z)*w^2))",
    "a mixture": "p1 = 0.4*exp(-(w-q)^2/2)\np2 = 0.6*exp(-(w+q)^2/2)\nL = log(p1+p2)+p1/(p1+p2)",
    "a logarithm of a softmax": "L = -sum(r*log(exp(z-max(z))/sum(exp(z-max(z)))))",
    "of rows": (
        "m = max(Z,axis=1,keepdims=true)\n"
        "e = exp(Z-m)\n"
        "s = e/sum(e,axis=1,keepdims=true)\n"
        "L = sum(r*log(s)^2)"
    ),
    "a log-softmax": (
        "m = max(Z,axis=1,keepdims=true)\n"
        "n = Z-m\n"
        "lp = n-log(sum(exp(n),axis=1,keepdims=true))\n"
        "L = sum(r*lp^2)"
    ),
    "not shifted": "L = sum(r*(z-log(sum(exp(z))))^2)",
    "log-sum-exp": "m = max(z)\nl = m+log(sum(exp(z-m)))\nL = l^2",
    "of rows, lined up by hand": (
        "m = max(Z,axis=1)\nl = log(sum(exp(Z-reshape(m,2,1)),axis=1))+m\nL = sum(l^2)"
    ),
    "not shifted, of a vector and a matrix": "L = log(sum(exp(z)))^2+log(sum(exp(Z)))",
    "with kept axes": (
        "m = max(Z,axis=1,keepdims=true)\n"
        "l = m+log(sum(exp(Z-m),axis=1,keepdims=true))\n"
        "L = sum(r*(Z-l)^2)"
    ),
    "from counts to log-probabilities": (
        "m = max(Z,axis=1,keepdims=true)\n"
        "n = Z-m\n"
        "c = exp(n)\n"
        "cs = sum(c,axis=1,keepdims=true)\n"
        "ci = cs^-1\n"
        "p = c*ci\n"
        "lp = log(p)\n"
        "L = -mean(lp[0]^2)"
    ),
    "log-sum-exp of columns": "L = sum(log(sum(exp(Z),axis=0))^3)",
    "log-sum-exp of everything taken off": (
        "a = log(sum(exp(z)))\nb = log(sum(exp(Z)))\nL = a*b+sum(Z-b)^2+sum(Z*(z-a))"
    ),
    "a share that is broadcast": "p = w*exp(q)/(w*exp(q)+r)\nL = sum(p)",
    "a hyperbolic tangent": "h = (exp(z) - exp(-z))/(exp(z) + exp(-z))\nL = sum(h^3)",
    "one by a single exponential": "h = (exp(2*z) - 1)/(1 + exp(2*z))\nL = sum(h^3)",
    "a convolution": SIGNALS + "L = sum(conv1d(s, k)^3)",
    "with a bias": SIGNALS + "L = sum(conv1d(s, k, b)^3)",
    "with one for all": SIGNALS + "L = sum(conv1d(s, k, w)^3)",
    "with strides and padding": SIGNALS + "L = sum(conv1d(s, k, b, stride=3, padding=2)^3)",
    "of a batch": SIGNALS + "L = sum(conv1d(S, k, b)^3)",
    "of an image": SIGNALS + "L = sum(conv2d(i, m, b, padding=1)^3)",
    "of images": SIGNALS + "L = sum(conv2d(I, m, b, stride=2, padding=1)^3)",
    "of as many as there are elements": SIGNALS + "L = sum(conv1d(S*1, k*w, b)^3)",
    "in groups": SIGNALS + "L = sum(conv1d(concat(s, s), concat(k, k), groups=2)^3)",
    "of kernels that are made": SIGNALS + "L = sum(conv1d(s, reshape(tanh(k), 3, 2, 2), b*w)^3)",
    "one behind another": (
        SIGNALS + "c = relu(conv1d(s, k, b))\nL = sum(conv1d(c, exp(k[0:1, 0:1])*ones(2, 3, 2))^2)"
    ),
    "one of one channel and window": SIGNALS + "L = sum(conv1d(s[0:1], k[0:1, 0:1])^3)",
    "what a convolution sends back": SIGNALS + "u = grad(sum(conv1d(s, k)^3), k)\nL = sum(u^2)",
    "one the other way round": "h = (exp(w) - exp(z*q))/(exp(z*q) + exp(w))\nL = sum(h^3)",
}
"""Texts in which something is an operation of the textbook, written out in parts."""

OTHERS: Mapping[str, str] = {
    "a sum along another axis": "s = exp(Q)/sum(exp(Q), axis=1)\nL = sum(s^2*r)",
    "a sum of something else": "s = exp(z)/sum(exp(2*z))\nL = sum(s^2)",
    "a share that is not in the sum": "p = exp(w)/(1 + exp(q))\nL = p^2",
    "another share than the whole": "p = 2*exp(w)/(1 + exp(w))\nL = p^2",
    "less its mean over another deviation": "y = (x - mean(x))/sqrt(var(2*x) + 1)\nL = sum(y^3)",
    "less another mean": "y = (X - mean(X, axis=0))/sqrt(var(X) + 1)\nL = sum(y^3)",
    "a balance of three": "h = (exp(z) - w)/(exp(z) + w + q)\nL = sum(h^3)",
    "a balance of others": "h = (exp(z) - w)/(exp(z) + q)\nL = sum(h^3)",
    "over a variance": "y = (x - mean(x))/(var(x) + 1)\nL = sum(y^3)",
    "less a mean along an axis that is not lined up": (
        "y = (Q - mean(Q, axis=1))/sqrt(var(Q, axis=1) + 1)\nL = sum(y^3)"
    ),
    "a log-sum-exp with another shift": "l = w + log(sum(z^2*exp(z - q)))\nL = l^2",
    "a dilated convolution": SIGNALS + "L = sum(conv1d(s, k, b, dilation=2)^3)",
    "windows whose channels stay in front": (
        SIGNALS + "R = reshape(patches(s, 2), 5, 4)\nL = sum(((R @ reshape(k, 3, 4).T).T)^3)"
    ),
    "windows whose channels come last": (
        SIGNALS + "R = reshape(move_axis(patches(s, 2), -3, -1), 5, 4)\n"
        "L = sum(((R @ reshape(k, 3, 4).T).T)^3)"
    ),
    "windows of which each has a row of weights": (
        SIGNALS + "R = reshape(move_axis(patches(s, 2), -3, -2), 5, 4)\n"
        "L = sum((reshape((R @ reshape(k, 3, 4).T), 3, 5))^3)"
    ),
    "a bias for each window": (
        SIGNALS + "R = reshape(move_axis(patches(s, 2), -3, -2), 5, 4)\n"
        "B = outer(s[0, 0:5], b)\nL = sum(((R @ reshape(k, 3, 4).T + B).T)^3)"
    ),
    "a product's logarithm without an exponential": "L = sum(log(r*r*q))",
}
"""Texts that look like one and are none; none is recognised."""


def partials(definition: Definition) -> dict[str, tuple[Node, Node]]:
    """For each name the partial by parts and by meaning, asked for one at a time."""
    named = {name: versions[-1].node for name, versions in definition.names.items()}
    back = differentiate(definition.loss)
    pairs = {}
    for name, node in named.items():
        meant = by_meaning(definition.loss, [node.id])
        whole = meant.get(node.id, back.adjoints.get(node.id))
        zeros = node.graph.apply("zeros", shape=node.shape)
        pairs[name] = (adjoint_of(back, node), zeros if whole is None else whole)
    return pairs


@pytest.mark.parametrize("name", [*RECOGNISED, *OTHERS])
def test_it_is_recognised_and_sends_back_what_its_parts_do(name: str) -> None:
    definition = compile_text(GIVEN + {**RECOGNISED, **OTHERS}[name])
    assert bool(meanings(ancestors([definition.loss]))) == (name in RECOGNISED)
    leaves = initial_values(definition)
    known = {leaf.node.id: leaves[leaf.name] for leaf in definition.leaves}
    for each, (parts, whole) in partials(definition).items():
        shape = definition.names[each][-1].node.shape
        wanted, found = (broadcast_whole(partial, shape) for partial in (parts, whole))
        values = compute([wanted, found], dict(known))
        assert values[found.id] == pytest.approx(values[wanted.id], rel=1e-9, abs=1e-12), each


def test_all_wanted_at_once_have_the_partials_they_have_alone() -> None:
    definition = compile_text(GIVEN + RECOGNISED["from counts to log-probabilities"])
    named = [versions[-1].node for versions in definition.names.values()]
    back = differentiate(definition.loss)
    meant = by_meaning(definition.loss, [node.id for node in named])
    leaves = initial_values(definition)
    known = {leaf.node.id: leaves[leaf.name] for leaf in definition.leaves}
    for node in named:
        whole = meant.get(node.id) or adjoint_of(back, node)
        pair = [broadcast_whole(each, node.shape) for each in (whole, adjoint_of(back, node))]
        values = compute(pair, dict(known))
        np.testing.assert_allclose(values[pair[0].id], values[pair[1].id], rtol=1e-9, atol=1e-12)


def test_a_graph_without_any_is_not_looked_into() -> None:
    definition = compile_text("param w = 2\nL = (w*3 - 1)^2/w")
    nodes = [node for node in ancestors([definition.loss]) if node.op != "power"]
    assert all(node.op in TABLE for node in nodes)
    assert meanings(nodes) == {}
