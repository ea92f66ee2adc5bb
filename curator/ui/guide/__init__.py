"""The guided way: from the first exchange to the first falling curve, in a strip that never stands in the way."""
