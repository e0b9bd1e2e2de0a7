"""Training: optimisers as rows, mini-batches, the loop in pieces, the picture of the prediction.

Imports no request and no JSON; `backstep.train.run` is the interface.
"""
