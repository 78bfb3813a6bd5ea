"""How well the product finds what answers a question, on labelled data sets."""
