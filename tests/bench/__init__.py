"""What the product costs, in milliseconds, bytes and seconds: `make bench`, or `python -m tests.bench NAME …`."""
