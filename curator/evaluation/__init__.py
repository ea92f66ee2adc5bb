"""What the figures and the texts of a run mean, in words. Pure: figures in, findings out."""
