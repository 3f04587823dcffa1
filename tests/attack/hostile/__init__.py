"""Uploads that are made to harm whoever reads them, always the same ones: a file each, by kind.

``measuring`` compiles one as the platform does and says what it cost; ``make attack`` tries them all.
"""
