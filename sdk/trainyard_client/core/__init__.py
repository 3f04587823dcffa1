"""What the synchronous and the asynchronous client share: each call, written once, without doing any I/O itself."""
