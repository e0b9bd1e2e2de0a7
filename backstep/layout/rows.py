"""The room that a page has for a drawing, and how large the drawing can stand in it, whole."""

from __future__ import annotations

CARD_WIDTH, CARD_HEIGHT = 1080.0, 620.0
"""The card of a page of 1440 by 900 pixels."""
LEGIBLE = 11 / 13
"""At this scale figures of 13 pixels are 11 high."""
MOST_ROWS = 4
ROW_GAP = 40.0
"""About what there is between two rows, for the lines that lead from one to the next."""


def scale(width: float, height: float) -> float:
    """How large the whole drawing stands in the card, at most 1."""
    return min(CARD_WIDTH / max(width, 1.0), CARD_HEIGHT / max(height, 1.0), 1.0)


def scale_in_rows(width: float, height: float) -> float:
    """About how large it stands, in as many rows as are best for it; the height is of one row."""
    return max(
        scale(width / rows + (ROW_GAP if rows > 1 else 0.0), rows * (height + ROW_GAP) - ROW_GAP)
        for rows in range(1, MOST_ROWS + 1)
    )
