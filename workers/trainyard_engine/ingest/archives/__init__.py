"""Archives: their files, what a table, folders or lists say of each, and tables that come packed."""
