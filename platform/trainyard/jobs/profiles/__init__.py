"""Speed profiles: how fast a spec trains on a pool, measured on a free slot before anybody trains it."""
