"""Policy into what machines read: nftables text, host variables, cloud rules."""
