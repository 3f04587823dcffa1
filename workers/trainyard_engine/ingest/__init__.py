"""Turns an uploaded file into a compiled dataset, or into problems a person can act on. No torch.

One file is read in two passes, as a stream: the first looks (kinds of columns, sizes of images), the second writes
the arrays. Memory depends on neither the size of the file nor on how far it would unpack. Interactions alone are
read once and kept, up to a limit.
"""
