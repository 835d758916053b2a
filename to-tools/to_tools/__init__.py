"""What the technical operator holds: shell, page, porter. Rule: only these construct a Person."""
