"""How well machine help does, measured against what people marked: `make eval`."""
