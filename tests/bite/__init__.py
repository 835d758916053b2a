"""`make bite`: each guard is taken away in turn, and the test of its promise must then fail."""
