"""Speed profiles: the speed of a spec on a pool, measured on a free slot before it is submitted."""
