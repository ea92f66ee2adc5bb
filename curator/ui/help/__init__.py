"""The guide inside the window: its pages, their contents, and the search through them."""
