"""A job on another computer: a small process here sends it there, copies what it tells and fetches what it learns."""
