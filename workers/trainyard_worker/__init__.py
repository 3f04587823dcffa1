"""The worker of a GPU host: claims attempts, supervises their engine processes and reports to the control plane.

It imports neither Django nor torch nor the engine; the engine runs as processes of its own.
"""
