"""Placeholder while the sites are built."""

from pytest_mmina.agents.builtin import NullAgent

RulesAgent = NullAgent
