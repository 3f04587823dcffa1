"""What a client can do, a module for each kind of object."""
