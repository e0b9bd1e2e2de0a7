"""The symbols of nodes, figures as they are shown, and widths of text in drawings."""
