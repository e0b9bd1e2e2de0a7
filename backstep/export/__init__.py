"""A definition as a file: programs that check themselves, documents, text."""
