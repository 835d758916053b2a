"""What the architecture must stay like, as rules that read the tree, and proof that each rule bites."""
