"""Text itself: its structure, sentences, words, letter groups, tokens and language."""
