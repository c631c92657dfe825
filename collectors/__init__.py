"""Ask a live device what it is; one module per way of asking."""
