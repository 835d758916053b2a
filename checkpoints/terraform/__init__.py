"""Terraform for real: a plan is made, read, priced and bound to its digest; that file alone is applied."""
