"""HTTP and JSON: the API, the pages, and the server."""
