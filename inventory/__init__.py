"""What is declared about estates, and the generator of the two samples."""
