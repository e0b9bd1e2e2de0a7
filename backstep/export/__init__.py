"""A definition as a file that leaves the tab: code that runs and checks itself, documents, text."""
