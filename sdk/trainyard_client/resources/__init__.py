"""Resources of the client, a module for each kind of object."""
