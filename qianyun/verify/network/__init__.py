"""A network of several boxes: which packets come from where to where, over which hops, and which line lets them."""
