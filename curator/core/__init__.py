"""The nouns of Curator: frozen values and enums, standard library only, no I/O."""
