"""The application that moves in the rehearsal, its users, and how its hosts stand before."""
