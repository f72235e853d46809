"""Another Invoice Cloud than the contract's: how this sandbox may differ on the wire.

`wire.py` describes how the sandbox talks. Each variant (`registry.py`) changes that description,
and so does a loaded capture. Requests, answers, pages, and postbacks follow the description, and
`profile.py` writes the wire profile of a portal that copes with it.
"""
