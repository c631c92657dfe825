"""Strongly connected components of a directed graph, and one cycle of each to show.

Tarjan's algorithm without recursion: chains of a thousand systems are no deeper for the machine
than pairs. Thirty lines of our own stand here instead of a graph library because this is all the
planner asks of one.

Source: R. Tarjan, Depth-first search and linear graph algorithms, SIAM J. Comput. 1 (1972).
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

Node = TypeVar("Node")


def components(successors: Mapping[Node, Sequence[Node]]) -> list[list[Node]]:
    """Strongly connected components; a node's successors must be nodes.

    Returns:
        Each component before every component that leads to it.
    """
    order: dict[Node, int] = {}
    low: dict[Node, int] = {}
    open_nodes: list[Node] = []
    is_open: set[Node] = set()
    found: list[list[Node]] = []
    for root in successors:
        if root in order:
            continue
        trail = [(root, iter(successors[root]))]
        order[root] = low[root] = len(order)
        open_nodes.append(root)
        is_open.add(root)
        while trail:
            node, rest = trail[-1]
            following = next((n for n in rest if n not in order or n in is_open), None)
            if following is None:
                trail.pop()
                if trail:
                    low[trail[-1][0]] = min(low[trail[-1][0]], low[node])
                if low[node] == order[node]:
                    found.append(_close(open_nodes, is_open, node))
            elif following in order:
                low[node] = min(low[node], order[following])
            else:
                order[following] = low[following] = len(order)
                open_nodes.append(following)
                is_open.add(following)
                trail.append((following, iter(successors[following])))
    return found


def _close(open_nodes: list[Node], is_open: set[Node], root: Node) -> list[Node]:
    place = open_nodes.index(root)
    members = open_nodes[place:]
    del open_nodes[place:]
    is_open.difference_update(members)
    return members


def shortest_cycle(successors: Mapping[Node, Sequence[Node]], within: Iterable[Node]) -> tuple[Node, ...]:
    """The shortest cycle among some nodes, its first node repeated at its end; empty when there is none."""
    allowed = set(within)
    best: tuple[Node, ...] = ()
    for start in within:
        before: dict[Node, Node] = {}
        waiting = deque([start])
        while waiting and start not in before:
            node = waiting.popleft()
            for following in successors.get(node, ()):
                if following in allowed and following not in before:
                    before[following] = node
                    waiting.append(following)
        if start in before:
            path = [start]
            while path[-1] != start or len(path) == 1:
                path.append(before[path[-1]])
            if not best or len(path) < len(best):
                best = tuple(reversed(path))
    return best
