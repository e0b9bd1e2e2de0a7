"""HTTP and JSON: the API, the pages, and what keeps them up. No mathematics is done here."""
