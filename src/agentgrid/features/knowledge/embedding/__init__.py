"""Which model embeds the documents of this installation, and the change to another one.

There is one active index: the vectors that questions are compared with. A change builds the
next one beside it and swaps at the end; until then, and if it fails, nothing is different.

Passages are not cut again for another model. They are cut by the tokens of the bundled one,
whose window is the shortest: any other model reads them whole. Cutting again would move every
border, and with it the places that answers given before are cited from, the words that are
counted, and the hashes by which what was embedded once is known.
"""

from agentgrid.features.knowledge.embedding.active import InstallationEmbedder

__all__ = ["InstallationEmbedder"]
