"""Calls of the service, written once for the synchronous and the asynchronous client, without any I/O of their own."""
