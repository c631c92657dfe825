"""An estate to rehearse: what it declares, and the application that moves in it."""
