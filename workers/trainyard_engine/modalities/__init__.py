"""What the engine knows of each kind of data, one folder each."""
