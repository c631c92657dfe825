"""A rehearsal of the estate on one machine: hosts with their own systemd, sshd and packet filter.

A lab is one process. It is the init of a PID namespace of its own and holds the only reference to
every mount, network and process of the lab, so ending that one process leaves nothing behind. Each
host has its own network, mount, PID, UTS, IPC and cgroup namespace over an overlay on one root
file system that is built once per machine (`image`).
"""
