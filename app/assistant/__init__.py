"""Five tools for an assistant that is built on a language model: what it says of a derivative is
computed, and what a learner typed is judged.
"""
