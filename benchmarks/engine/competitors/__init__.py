"""Ways to train, one module each: ``prepare`` sets a workload up once, and what it returns trains for some seconds.

Each is written as its documentation would have it, with AdamW and shuffled rows.
"""
