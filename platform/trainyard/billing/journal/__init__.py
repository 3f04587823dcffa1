"""The billing journal: what leads to an invoice, hash-chained for each organization."""
