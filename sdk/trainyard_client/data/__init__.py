"""pandas, NumPy and Pillow, in and out. None of them is imported unless what it is about is at hand."""
