"""Do these rules permit exactly the policy? Every no shows a packet."""
