"""Who talks to whom: sockets of servers, conntrack, NetFlow, IPFIX and sFlow, folded to dependencies of systems.

Samplers give sightings (`sightings`), a tally counts them as edges of addresses (`tally`), and `folding`
makes dependencies of them. `docs/flows.md` tells the way in words.
"""
