"""The staff pages that lead to documents."""
