"""Plans: a monthly fee, the slot-hours that it includes, and limits."""
