"""What is reached for in vain, or refused, heard by who keeps it closed."""
