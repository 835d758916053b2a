"""What the desk says and keeps while its database is full, busy, locked, read-only, or goes away."""
