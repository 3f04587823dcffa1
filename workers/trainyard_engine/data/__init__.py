"""Compiled datasets: opening, splitting, turning rows into batches on the device."""
