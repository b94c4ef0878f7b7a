"""Mutation testing: small faults put into the code that guards sums, budgets and posts, which the tests must notice."""
