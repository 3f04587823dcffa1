"""Django's SQLite backend, whose connections outlive the requests that use them."""
