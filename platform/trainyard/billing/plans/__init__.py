"""Plans: a monthly fee, slot-hours that it includes, and limits."""
