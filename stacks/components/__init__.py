"""Components of the cloud; each is one noun."""
