"""The contract shared by the control plane, the workers, the engine and the clients.

Pydantic models and tables only: this package imports no other Trainyard package and nothing heavy.
"""
