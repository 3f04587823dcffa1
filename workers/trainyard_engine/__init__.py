"""Pure PyTorch: compiled data in, a trained model out. No server, no network, no pickle.

``python -m trainyard_engine --help`` lists the commands. Importing this package imports nothing heavy.
"""
