"""Training: optimisers as rows, mini-batches, the loop in pieces, the picture of what is fitted.

Knows no request and no JSON; `backstep.train.run` asks it.
"""
