"""Rewinds of a Claude Code session: which prompts lie on a way that the person went back from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

RETRY = 3
"""A left branch with at most this many prompts is a retry; a longer one is work in its own right and stays."""


def abandoned_prompts(parents: Mapping[str, str], prompts: Sequence[str]) -> frozenset[str]:
    """Ids of the prompts on abandoned branches.

    A node forks only when at least two of its children each lead to a prompt: parallel tool calls also give nodes
    several children, and are no branches. The way that leads to the newest prompt is the active one. Linear in the
    number of records; a cycle ends the walk.
    """
    newest = _ancestors(parents, prompts[-1]) if prompts else set()
    if newest.issuperset(prompts):
        return frozenset()  # one way, as in most sessions
    forks: dict[str, list[str]] = {}
    leads: dict[str, list[str]] = {}
    visited: set[str] = set()
    for prompt in prompts:
        node = prompt
        while node and node not in visited:
            visited.add(node)
            parent = parents.get(node, "")
            if parent in parents:
                ways = leads.setdefault(parent, [])
                ways.append(node)
                if len(ways) == 2:
                    forks[parent] = ways
            node = parent
    if not forks:
        return frozenset()
    children = leads
    asked = frozenset(prompts)
    left: set[str] = set()
    for ways in forks.values():
        active = next((way for way in ways if way in newest), ways[-1])
        for way in ways:
            if way != active:
                found = _prompts_below(children, way, asked)
                if len(found) <= RETRY:
                    left |= found
    return frozenset(left)


def _ancestors(parents: Mapping[str, str], node: str) -> set[str]:
    found: set[str] = set()
    while node and node not in found:
        found.add(node)
        node = parents.get(node, "")
    return found


def _prompts_below(children: Mapping[str, list[str]], top: str, asked: frozenset[str]) -> set[str]:
    """Prompts in the subtree; the walk stops once there are more than a retry has."""
    found: set[str] = set()
    seen: set[str] = set()
    stack = [top]
    while stack and len(found) <= RETRY:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in asked:
            found.add(node)
        stack.extend(children.get(node, ()))
    return found
