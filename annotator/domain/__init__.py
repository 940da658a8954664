"""The pure core: texts, spans, comparison and review as plain values.

Nothing here knows of Flask, of a database, of files or of the clock. Values come in, values go
out, and every function can be tried in a Python prompt. Only the standard library is imported.
"""
