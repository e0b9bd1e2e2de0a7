"""Texts in PyTorch's words, as tutorials and courses write them."""

from __future__ import annotations

from tests.importers.snippet import Snippet, grads, own

TORCH = (
    Snippet(
        "first_tensors",
        """
import torch

x = torch.ones(5)  # input tensor
y = torch.zeros(3)  # expected output
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
z = torch.matmul(x, w)+b
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
print(f"Gradient function for z = {z.grad_fn}")
loss.backward()
print(w.grad)
print(b.grad)
""",
        own("x", "y", "w", "b"),
        grads("w", "b"),
        library="torch",
        roles={"x": "input", "y": "target"},
    ),
    Snippet(
        "sequential",
        """
import torch
import math

x = torch.linspace(-math.pi, math.pi, 12)
y = torch.sin(x)
p = torch.tensor([1, 2, 3])
xx = x.unsqueeze(-1).pow(p)

model = torch.nn.Sequential(
    torch.nn.Linear(3, 4),
    torch.nn.Tanh(),
    torch.nn.Linear(4, 1),
    torch.nn.Flatten(0, 1)
)
loss_fn = torch.nn.MSELoss(reduction='sum')

learning_rate = 1e-6
for t in range(2000):
    y_pred = model(xx)
    loss = loss_fn(y_pred, y)
    if t % 100 == 99:
        print(t, loss.item())
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for param in model.parameters():
            param -= learning_rate * param.grad
""",
        {
            "W1": "model[0].weight",
            "b1": "model[0].bias",
            "W2": "model[2].weight",
            "b2": "model[2].bias",
        },
        {
            "W1": "model[0].weight.grad",
            "b1": "model[0].bias.grad",
            "W2": "model[2].weight.grad",
            "b2": "model[2].bias.grad",
        },
        quiet=(("1e-6", "0.0"), ("range(2000)", "range(1)")),
        library="torch",
    ),
    Snippet(
        "module",
        """
import torch
from torch import nn
import torch.nn.functional as F

class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.fc1 = nn.Linear(d_in, d_hidden)
        self.fc2 = nn.Linear(d_hidden, d_out)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        return self.fc2(x)

torch.manual_seed(0)
model = MLP(4, 6, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
inputs = torch.randn(5, 4)
labels = torch.tensor([0, 2, 1, 1, 0])

for epoch in range(10):
    optimizer.zero_grad()
    outputs = model(inputs)
    loss = criterion(outputs, labels)
    loss.backward()
    optimizer.step()
""",
        {
            "inputs": "inputs",
            "fc1_W": "model.fc1.weight",
            "fc1_b": "model.fc1.bias",
            "fc2_W": "model.fc2.weight",
            "fc2_b": "model.fc2.bias",
        },
        {"fc1_W": "model.fc1.weight.grad", "fc2_b": "model.fc2.bias.grad"},
        quiet=(("lr=0.1", "lr=0.0"), ("range(10)", "range(1)")),
        library="torch",
        roles={"inputs": "input", "labels": "target"},
    ),
    Snippet(
        "convolutions",
        """
import torch
import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 2, 3)
        self.conv2 = nn.Conv2d(2, 3, kernel_size=2, padding=1)
        self.fc = nn.Linear(3 * 2 * 2, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.relu(self.conv2(x))
        x = F.avg_pool2d(x, 2)
        x = torch.flatten(x, 1)  # all but the batch
        return F.log_softmax(self.fc(x), dim=1)

net = Net()
data = torch.randn(2, 1, 8, 8)
target = torch.tensor([3, 1])
output = net(data)
loss = F.nll_loss(output, target)
loss.backward()
""",
        {
            "data": "data",
            "conv1_W": "net.conv1.weight",
            "conv1_b": "net.conv1.bias",
            "conv2_W": "net.conv2.weight",
            "conv2_b": "net.conv2.bias",
            "fc_W": "net.fc.weight",
            "fc_b": "net.fc.bias",
        },
        {
            "conv1_W": "net.conv1.weight.grad",
            "conv2_b": "net.conv2.bias.grad",
            "fc_W": "net.fc.weight.grad",
        },
        library="torch",
        roles={"data": "input", "target_": "target"},
    ),
    Snippet(
        "bigram",
        """
import torch
import torch.nn.functional as F

xs = torch.tensor([0, 2, 1, 4, 3])
ys = torch.tensor([2, 1, 4, 3, 0])
num = xs.nelement()
g = torch.Generator().manual_seed(2147483647)
W = torch.randn((5, 5), generator=g, requires_grad=True)

for k in range(100):
    xenc = F.one_hot(xs, num_classes=5).double()
    logits = xenc @ W
    counts = logits.exp()
    probs = counts / counts.sum(1, keepdims=True)
    loss = -probs[torch.arange(num), ys].log().mean() + 0.01*(W**2).mean()
    print(loss.item())
    W.grad = None
    loss.backward()
    W.data += -50 * W.grad
""",
        own("W"),
        grads("W"),
        quiet=(("-50", "-0.0"), ("range(100)", "range(1)")),
        library="torch",
        roles={"ys": "target"},
    ),
    Snippet(
        "embedding_mlp",
        """
import torch
import torch.nn.functional as F

X = torch.tensor([[0, 0, 1], [0, 1, 3], [1, 3, 2], [3, 2, 2]])
Y = torch.tensor([1, 3, 2, 0])
C = torch.randn((4, 2))
W1 = torch.randn((6, 5))
b1 = torch.randn(5)
W2 = torch.randn((5, 4))
b2 = torch.randn(4)
parameters = [C, W1, b1, W2, b2]
for p in parameters:
    p.requires_grad = True

for _ in range(10):
    emb = C[X]
    h = torch.tanh(emb.view(-1, 6) @ W1 + b1)
    logits = h @ W2 + b2
    loss = F.cross_entropy(logits, Y)
    for p in parameters:
        p.grad = None
    loss.backward()
    for p in parameters:
        p.data += -0.1 * p.grad
""",
        own("C", "W1", "b1", "W2", "b2"),
        grads("C", "W1", "b2"),
        quiet=(("-0.1", "-0.0"), ("range(10)", "range(1)")),
        library="torch",
        roles={"Y": "target"},
    ),
    Snippet(
        "lstm_by_hand",
        """
import torch

def lstm_step(x, h, c, W_ih, W_hh, b):
    gates = x @ W_ih.t() + h @ W_hh.t() + b
    i, f, g, o = gates.chunk(4, dim=1)
    i, f, o = torch.sigmoid(i), torch.sigmoid(f), torch.sigmoid(o)
    g = torch.tanh(g)
    c = f * c + i * g
    h = o * torch.tanh(c)
    return h, c

H = 3
x = torch.randn(2, 5, 4)
W_ih = torch.randn(4 * H, 4, requires_grad=True)
W_hh = torch.randn(4 * H, H, requires_grad=True)
b = torch.zeros(4 * H, requires_grad=True)
h = torch.zeros(2, H)
c = torch.zeros(2, H)
for t in range(x.size(1)):
    h, c = lstm_step(x[:, t, :], h, c, W_ih, W_hh, b)
loss = h.pow(2).sum()
loss.backward()
""",
        own("x", "W_ih", "W_hh", "b"),
        grads("W_ih", "W_hh", "b"),
        library="torch",
    ),
    Snippet(
        "causal_head",
        """
import torch
import torch.nn as nn
from torch.nn import functional as F

B, T, C = 2, 4, 6
head_size = 3
x = torch.randn(B, T, C)
key = nn.Linear(C, head_size, bias=False)
query = nn.Linear(C, head_size, bias=False)
value = nn.Linear(C, head_size, bias=False)
k = key(x)
q = query(x)
wei = q @ k.transpose(-2, -1) * head_size**-0.5
tril = torch.tril(torch.ones(T, T))
wei = wei.masked_fill(tril == 0, float('-inf'))
wei = F.softmax(wei, dim=-1)
v = value(x)
out = wei @ v
loss = out.square().mean()
loss.backward()
""",
        {"x": "x", "key_W": "key.weight", "query_W": "query.weight", "value_W": "value.weight"},
        {
            "key_W": "key.weight.grad",
            "query_W": "query.weight.grad",
            "value_W": "value.weight.grad",
        },
        library="torch",
    ),
    Snippet(
        "residual_block",
        """
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self, n_embd):
        super().__init__()
        self.ln = nn.LayerNorm(n_embd)
        self.net = nn.Sequential(
            nn.Linear(n_embd, 2 * n_embd),
            nn.GELU(),
            nn.Linear(2 * n_embd, n_embd),
        )

    def forward(self, x):
        return x + self.net(self.ln(x))

block = Block(4)
x = torch.randn(3, 4)
y = block(x)
loss = torch.mean(torch.abs(y))
loss.backward()
""",
        {
            "x": "x",
            "ln_W": "block.ln.weight",
            "ln_b": "block.ln.bias",
            "W1": "block.net[0].weight",
            "b1": "block.net[0].bias",
            "W2": "block.net[2].weight",
            "b2": "block.net[2].bias",
        },
        {
            "ln_W": "block.ln.weight.grad",
            "W1": "block.net[0].weight.grad",
            "b2": "block.net[2].bias.grad",
        },
        library="torch",
    ),
    Snippet(
        "vae_terms",
        """
import torch
import torch.nn.functional as F

x = torch.rand(3, 5)
W_mu = torch.nn.Parameter(torch.randn(5, 2) * 0.1)
W_var = torch.nn.Parameter(torch.randn(5, 2) * 0.1)
W_dec = torch.nn.Parameter(torch.randn(2, 5) * 0.1)
mu = x @ W_mu
logvar = x @ W_var
std = torch.exp(0.5 * logvar)
eps = torch.randn(3, 2)
z = mu + eps * std
recon_x = torch.sigmoid(z @ W_dec)
BCE = F.binary_cross_entropy(recon_x, x, reduction='sum')
KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
loss = BCE + KLD
loss.backward()
""",
        own("x", "eps", "W_mu", "W_var", "W_dec"),
        grads("W_mu", "W_var", "W_dec"),
        library="torch",
    ),
    Snippet(
        "linear_regression",
        """
import torch
X = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
y = 2 * X + 1
w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
opt = torch.optim.Adam([w, b], lr=0.01)
for i in range(300):
    pred = X * w + b
    loss = ((pred - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
        own("w", "b"),
        grads("w", "b"),
        quiet=(("lr=0.01", "lr=0.0"), ("range(300)", "range(1)")),
        library="torch",
    ),
    Snippet(
        "bag_of_words",
        """
import torch
import torch.nn as nn

class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super(CBOW, self).__init__()
        self.embeddings = nn.Embedding(vocab_size, dim)
        self.linear = nn.Linear(dim, vocab_size)
        self.log_softmax = nn.LogSoftmax(dim=-1)

    def forward(self, context):
        mean = torch.mean(self.embeddings(context), dim=0)
        return self.log_softmax(self.linear(mean))

model = CBOW(6, 3)
loss_function = nn.NLLLoss()
context = torch.tensor([0, 1, 3, 4])
word = torch.tensor(2)
log_probs = model(context)
loss = loss_function(log_probs, word)
loss.backward()
""",
        {
            "embeddings_W": "model.embeddings.weight",
            "linear_W": "model.linear.weight",
            "linear_b": "model.linear.bias",
        },
        {"embeddings_W": "model.embeddings.weight.grad", "linear_W": "model.linear.weight.grad"},
        library="torch",
        roles={"word": "target"},
    ),
    Snippet(
        "standardised",
        """
import torch
import torch.nn.functional as F

x = torch.randn(6, 3)
x = (x - x.mean(dim=0, keepdim=True)) / x.std(dim=0, keepdim=True)
t = torch.randn(6)
w = torch.randn(3, requires_grad=True)
out = F.leaky_relu(x @ w, 0.2)
loss = F.smooth_l1_loss(out, t) + 0.1 * torch.norm(w) + 0.01 * w.abs().sum()
loss.backward()
""",
        {"x": "raw", "w": "w", "t": "t"},
        grads("w"),
        quiet=(("x = (x -", "raw = x\nx = (x -"),),
        library="torch",
        roles={"t": "target"},
    ),
)
