/** The choices of how an agent reads its documents, in words, by setting and value. */
export const READING_WORDS: Record<string, Record<string, string>> = {
  "retrieval.answer_from": {
    documents_only: "Only the documents",
    documents_first: "The documents first, then what the model knows",
    anything: "Anything it knows",
  },
  "retrieval.citations": {
    inline: "At each statement",
    end: "At the end of the answer",
    off: "None",
  },
  "retrieval.queries": {
    auto: "As the question needs",
    single: "The question as it is",
    multiple: "In several wordings",
  },
  "retrieval.rerank": {
    auto: "As the question needs",
    fast: "By the scores of the search",
    model: "A model reads them again",
  },
};
