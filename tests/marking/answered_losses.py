"""Losses as they are taught, with right answers in unusual spellings and students' wrong ones."""

from __future__ import annotations

HUBER = (
    "input x = [1, -2, 0.5]\ntarget y = [0.3, 2, -1]\nparam w = 0.8\nconst delta = 1\n"
    "r = w*x - y\nL = sum(where(abs(r) <= delta, r^2/2, delta*(abs(r) - delta/2)))"
)
HINGE = (
    "input X = [[1, 2], [-0.5, 1.5], [2, -1]]\ntarget y = [1, -1, 1]\nparam w = [0.2, -0.3]\n"
    "param b = 0.1\nconst lambda = 0.01\ns = X @ w + b\nm = y*s\n"
    "L = mean(relu(1 - m)) + lambda*sum(w^2)"
)
BCE = (
    "input X = [[0.5, -1], [2, 0.3], [-1, 1]]\ntarget y = [1, 0, 1]\nparam w = [0.4, -0.2]\n"
    "param b = 0.1\nz = X @ w + b\np = sigmoid(z)\nL = -mean(y*log(p) + (1 - y)*log(1 - p))"
)
FOCAL = (
    "param z = 0.3\ntarget y = 1\nconst gamma = 2\np = sigmoid(z)\n"
    "q = where(y == 1, p, 1 - p)\nL = -(1 - q)^gamma*log(q)"
)
PPO = (
    "param logp = [-0.8, -1.2]\ninput logp_old = [-1, -1.1]\ninput A = [1.5, 0.7]\n"
    "const eps = 0.2\n"
    "r = exp(logp - logp_old)\nJ = mean(min(r*A, clip(r, 1 - eps, 1 + eps)*A))"
)
TEACHER = (
    "input p = [0.2, 0.3, 0.5]\nparam z = [0.2, -0.4, 0.5]\nconst T = 2\nq = softmax(z/T)\n"
    "L = T^2*sum(p*log(p/q))"
)
TRIPLET = (
    "param a = [0.2, 1.0]\nparam p = [0.5, 0.7]\nparam n = [0.1, 0.8]\nconst alpha = 0.2\n"
    "d = sum((a - p)^2)\ne = sum((a - n)^2)\nL = relu(d - e + alpha)"
)
RNN = (
    "input x = [0.5, -1, 2]\nparam w = 0.7\nparam u = 0.4\ntarget y = 0.3\nh = 0\n"
    "for t in range(3):\n    h = tanh(w*h + u*x[t])\nL = (h - y)^2/2"
)
NORM = (
    "input X = [[0.3, 1], [0.7, -2], [1.1, 0.6], [0.2, 0.4]]\nparam b = [0.1, -0.3]\n"
    "param g = [1, 2]\nparam c = [0, 0.5]\nh = batch_norm(X + b, g, c)\nL = sum(tanh(h)^2)"
)
CLASSES = (
    "input x = [0.5, -1]\ntarget y = 1\nparam W = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]\n"
    "param b = [0, 0.1, -0.1]\na = b + W @ x\nf = softmax(a)\nL = -log(pick(f, y))"
)
MARGIN = (
    "input x = [1, -2]\ntarget y = -1\nparam w = [0.3, 0.5]\nf = dot(w, x)\nL = log(1 + exp(-y*f))"
)
DECAY = (
    "input X = [[1, 2], [3, -1], [0.5, 1]]\ntarget y = [1.3, -0.7, 2]\nparam w = [0.2, -0.1]\n"
    "const lambda = 0.1\np = X @ w\nL = mean((p - y)^2) + lambda/2*dot(w, w)"
)
POOL = "param v = [0.3, 1.7, -0.4, 0.9]\nm = max(v)\ntarget y = 1.2\nL = (m - y)^2"
DROPOUT = (
    "input x = [1, -2, 0.5]\nconst m = [1, 0, 1]\nparam w = [0.3, 0.4, -0.6]\ntarget y = 0.2\n"
    "h = m*tanh(w*x)\nL = (sum(h) - y)^2/2"
)
SHIFTED = (
    "param z = [1.0, 2.0, 0.5]\nparam c = 0.3\ntarget t = [0, 1, 0]\n"
    "l = c + log(sum(exp(z - c)))\nL = l - dot(t, z)"
)
CTC = (
    "param z = [[0.2, -0.1], [0.4, 0.3]]\nP = softmax(z)\n"
    "q = P[0,0]*P[1,0] + P[0,0]*P[1,1] + P[0,1]*P[1,0]\nL = -log(q)"
)
QUANTILE = "input x = 2\nparam w = 0.4\ntarget y = 1.5\nconst tau = 0.9\ne = y - w*x\n"
QUANTILE += "L = max(tau*e, (tau - 1)*e)"
POISSON = "input x = 0.6\nparam w = 0.5\ntarget y = 3\nmu = exp(w*x)\nL = mu - y*log(mu)"
NORMAL = "param m = 0.3\nparam s = 0.8\ninput x = 1.1\nL = log(s) + (x - m)^2/(2*s^2)"
SMOOTH = (
    "param z = [0.5, -0.3, 1.1]\nconst t = [0.05, 0.9, 0.05]\np = softmax(z)\nL = -sum(t*log(p))"
)
TWO = (
    "input x = [0.5, -1]\ntarget y = 1\nparam W = [[0.3, -0.2], [0.5, 0.4]]\nparam b = [0.1, 0.2]\n"
    "param v = [0.7, -0.4]\nq = W @ x + b\nh = relu(q)\ns = dot(v, h)\np = sigmoid(s)\n"
    "L = -(y*log(p) + (1 - y)*log(1 - p))"
)
LEAKY = "input x = 1.5\nparam w = -0.4\nconst slope = 0.1\nz = w*x\nh = max(slope*z, z)\nL = h^2/2"

RIGHT: list[tuple[str, str, str]] = [
    (HUBER, "w", "sum(x*clip(r, -delta, delta))"),
    (HUBER, "w", "dot(x, maximum(minimum(r, delta), -delta))"),
    (HUBER, "w", "sum(where(abs(r) <= delta, r, delta*sign(r))*x)"),
    (HUBER, "r", "where(r > delta, delta, where(r < -delta, -delta, r))"),
    (HUBER, "y", "-clip(r, -delta, delta)"),
    (HUBER, "r[1]", "max(-delta, min(r[1], delta))"),
    (HINGE, "w", "-X.T @ (y*where(m < 1, 1, 0))/3 + 2*lambda*w"),
    (HINGE, "w", "X.T @ where(m < 1, -y, 0)/3 + lambda*w + lambda*w"),
    (HINGE, "b", "-mean(y*step(1 - m))"),
    (HINGE, "m", "-step(1 - m)/3"),
    (HINGE, "s", "where(1 - m > 0, -y/3, 0)"),
    (HINGE, "s", "-where(y*s < 1, 1/y, 0)/3"),
    (BCE, "w", "X.T @ (p - y)/3"),
    (BCE, "w", "mean((p - y)[0:3]*X.T, axis=1)"),
    (BCE, "z", "where(y == 1, p - 1, p)/3"),
    (BCE, "z", "-(y*(1 - p) - (1 - y)*p)/3"),
    (BCE, "p", "where(y > 0.5, -1/p, 1/(1 - p))/3"),
    (BCE, "b", "mean(p) - mean(y)"),
    (FOCAL, "z", "gamma*p*(1 - p)^gamma*log(p) - (1 - p)^(gamma + 1)"),
    (FOCAL, "q", "gamma*(1 - q)^(gamma - 1)*log(q) - (1 - q)^gamma/q"),
    (PPO, "logp", "where(r < 1 + eps, r*A, 0)/2"),
    (PPO, "logp", "r*A*where(r <= 1 + eps, 1, 0)/2"),
    (PPO, "r", "where(r > 1 + eps, 0, A)/2"),
    (TEACHER, "z", "T*(q - p)"),
    (TEACHER, "z", "T*(softmax(z/T) - p)"),
    (TEACHER, "z[0]", "T*q[0] - T*p[0]"),
    (TEACHER, "q", "-T^2*p/q"),
    (TRIPLET, "a", "where(L > 0, 2*(n - p), 0)"),
    (TRIPLET, "p", "-2*(a - p)*step(d - e + alpha)"),
    (TRIPLET, "n", "2*(a - n)*where(d + alpha > e, 1, 0)"),
    (RNN, "h", "h - y"),
    (
        RNN,
        "w",
        "(h - y)*(1 - h^2)*(h⁽³⁾ + w*(1 - (h⁽³⁾)^2)*h⁽²⁾)",
    ),
    (NORM, "b", "0"),
    (NORM, "b", "zeros(2)"),
    (NORM, "b", "[0, 0]"),
    (NORM, "c", "sum(2*tanh(h)*(1 - tanh(h)^2), axis=0)"),
    (CLASSES, "b", "f - one_hot(y, 3)"),
    (CLASSES, "b", "[f[0], f[1] - 1, f[2]]"),
    (CLASSES, "b[1]", "f[1] - 1"),
    (CLASSES, "a[2]", "exp(a[2])/sum(exp(a))"),
    (CLASSES, "W", "outer(f - [0, 1, 0], x)"),
    (CLASSES, "f", "[0, -1/f[1], 0]"),
    (MARGIN, "w", "-y*x/(1 + exp(y*f))"),
    (MARGIN, "w", "-y*x*sigmoid(-y*f)"),
    (MARGIN, "f", "sigmoid(f) - (y + 1)/2"),
    (MARGIN, "f", "-y + y*sigmoid(y*f)"),
    (DECAY, "w", "2/3*X.T @ (X @ w - y) + lambda*w"),
    (DECAY, "w", "(X.T @ X @ w - X.T @ y)*2/3 + lambda*w"),
    (DECAY, "p", "(p - y)*(2/3)"),
    (POOL, "v", "2*(m - y)*where(v == m, 1, 0)"),
    (POOL, "v", "where(v >= m, 2*(max(v) - y), 0)"),
    (POOL, "v", "where(v == max(v), 2*v - 2*y, 0)"),
    (DROPOUT, "w", "(sum(h) - y)*m*(1 - h^2)*x"),
    (DROPOUT, "w", "(sum(h) - y)*m*(1 - tanh(w*x)^2)*x"),
    (SHIFTED, "c", "0"),
    (SHIFTED, "z", "softmax(z) - t"),
    (SHIFTED, "z", "exp(z - l) - t"),
    (CTC, "P[0,0]", "-(P[1,0] + P[1,1])/q"),
    (QUANTILE, "e", "where(e > 0, tau, tau - 1)"),
    (QUANTILE, "w", "x*(step(-e) - tau)"),
    (POISSON, "w", "(mu - y)*x"),
    (NORMAL, "s", "(1 - ((x - m)/s)^2)/s"),
    (NORMAL, "m", "-(x - m)/s^2"),
    (SMOOTH, "z", "p - t"),
    (TWO, "W", "outer((p - y)*v*where(q > 0, 1, 0), x)"),
    (TWO, "v", "(p - y)*h"),
    (TWO, "b", "where(h > 0, (p - y)*v, 0)"),
    (TWO, "s", "p - y"),
    (LEAKY, "w", "where(z > 0, h, slope*h)*x"),
    (LEAKY, "z", "h*(slope + (1 - slope)*step(z))"),
]

WRONG: list[tuple[str, str, str]] = [
    (HUBER, "w", "sum(x*r)"),
    (HUBER, "w", "sum(x*delta*sign(r))"),
    (HUBER, "w", "sum(clip(r, -delta, delta))"),
    (HUBER, "w", "-sum(x*clip(r, -delta, delta))"),
    (HUBER, "r", "clip(r, 0, delta)"),
    (HUBER, "y", "clip(r, -delta, delta)"),
    (HINGE, "w", "-X.T @ y/3 + 2*lambda*w"),
    (HINGE, "w", "-X.T @ (y*step(1 - m)) + 2*lambda*w"),
    (HINGE, "w", "-X.T @ (y*step(1 - m))/3"),
    (HINGE, "w", "-X.T @ (y*step(1 - m))/3 + lambda*w"),
    (HINGE, "w", "-X.T @ step(1 - m)/3 + 2*lambda*w"),
    (HINGE, "w", "X.T @ (y*step(1 - m))/3 + 2*lambda*w"),
    (HINGE, "b", "-sum(y*step(1 - m))"),
    (BCE, "w", "X.T @ (p - y)"),
    (BCE, "w", "X.T @ (y - p)/3"),
    (BCE, "w", "X.T @ ((p - y)*p*(1 - p))/3"),
    (BCE, "w", "X.T @ (p - 1)/3"),
    (BCE, "z", "p - y"),
    (BCE, "p", "-y/p/3"),
    (BCE, "p", "(y - p)/(p*(1 - p))/3"),
    (FOCAL, "z", "-(1 - p)^(gamma + 1)"),
    (FOCAL, "z", "gamma*(1 - p)^gamma*log(p) - (1 - p)^(gamma + 1)"),
    (FOCAL, "q", "-gamma*(1 - q)^(gamma - 1)*log(q) - (1 - q)^gamma/q"),
    (PPO, "logp", "r*A/2"),
    (PPO, "logp", "where(r < 1 + eps, A, 0)/2"),
    (PPO, "logp", "where(r < 1 + eps, r*A, 0)"),
    (PPO, "logp", "where(r > 1 - eps, r*A, 0)/2"),
    (TEACHER, "z", "q - p"),
    (TEACHER, "z", "T^2*(q - p)"),
    (TEACHER, "z", "T*(p - q)"),
    (TEACHER, "z", "T*q"),
    (TEACHER, "q", "T^2*p/q"),
    (TRIPLET, "a", "2*(n - p)"),
    (TRIPLET, "a", "2*(p - n)"),
    (TRIPLET, "a", "2*(a - p)*step(d - e + alpha)"),
    (TRIPLET, "p", "2*(a - p)*step(d - e + alpha)"),
    (TRIPLET, "n", "2*(a - n)"),
    (RNN, "w", "(h - y)*(1 - h^2)*h⁽³⁾"),
    (RNN, "w", "(h - y)*(1 - h^2)*(h⁽³⁾ + w*h⁽²⁾)"),
    (RNN, "w", "(h - y)*(h⁽³⁾ + w*(1 - (h⁽³⁾)^2)*h⁽²⁾)"),
    (RNN, "u", "(h - y)*(1 - h^2)*x[2]"),
    (NORM, "b", "sum(2*tanh(h)*(1 - tanh(h)^2), axis=0)"),
    (NORM, "c", "sum(2*tanh(h), axis=0)"),
    (NORM, "c", "2*tanh(h)*(1 - tanh(h)^2)"),
    (CLASSES, "b", "f"),
    (CLASSES, "b", "one_hot(y, 3) - f"),
    (CLASSES, "b", "f - y"),
    (CLASSES, "b", "f - [1, 0, 0]"),
    (CLASSES, "W", "outer(x, f - one_hot(y, 3))"),
    (CLASSES, "a[1]", "f[1]"),
    (MARGIN, "w", "-x*sigmoid(-y*f)"),
    (MARGIN, "w", "-y*x*sigmoid(y*f)"),
    (MARGIN, "w", "-y*x"),
    (MARGIN, "f", "sigmoid(f) - y"),
    (DECAY, "w", "2/3*X.T @ (p - y)"),
    (DECAY, "w", "2/3*X.T @ (p - y) + lambda/2*w"),
    (DECAY, "w", "2*X.T @ (p - y) + lambda*w"),
    (DECAY, "w", "2/3*X.T @ (y - p) + lambda*w"),
    (POOL, "v", "2*(m - y)*ones(4)"),
    (POOL, "v", "2*(v - y)"),
    (POOL, "v", "(m - y)*where(v == m, 1, 0)"),
    (DROPOUT, "w", "(sum(h) - y)*(1 - h^2)*x"),
    (DROPOUT, "w", "(sum(h) - y)*m*x"),
    (SHIFTED, "c", "1"),
    (SHIFTED, "z", "exp(z - c) - t"),
    (SHIFTED, "z", "softmax(z)"),
    (CTC, "P[0,0]", "-(P[1,0] + P[1,1])"),
    (CTC, "P[0,0]", "-P[1,0]/q"),
    (QUANTILE, "w", "x*(tau - step(-e))"),
    (QUANTILE, "w", "-tau*x"),
    (POISSON, "w", "(1 - y)*x"),
    (POISSON, "w", "mu - y"),
    (NORMAL, "s", "1/s - (x - m)^2/s^2"),
    (NORMAL, "m", "(x - m)/s^2"),
    (SMOOTH, "z", "t - p"),
    (SMOOTH, "z", "-t/p"),
    (TWO, "W", "outer((p - y)*v, x)"),
    (TWO, "W", "outer((p - y)*step(q), x)"),
    (TWO, "W", "outer((p - y)*v*step(q)*p*(1 - p), x)"),
    (TWO, "b", "(p - y)*v*h"),
    (LEAKY, "w", "h*x"),
    (LEAKY, "w", "h*x*step(z)"),
]
