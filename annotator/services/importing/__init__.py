"""How records become rows: what all of it shares (context), articles with passages, events, whole
projects.
"""
