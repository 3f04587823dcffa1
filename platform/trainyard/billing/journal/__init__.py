"""The billing journal: all facts that lead to an invoice, hash-chained per organization."""
