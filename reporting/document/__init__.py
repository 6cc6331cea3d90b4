"""The report as people read it: findings, text in two languages, PDF."""
