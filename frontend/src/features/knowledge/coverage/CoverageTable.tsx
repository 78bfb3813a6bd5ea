import type { CoverageResult, RetrievedChunk } from "@/api/types";
import { Highlighted } from "@/components/Highlighted";
import classes from "./Coverage.module.css";
import { COVERAGE_LABELS } from "./CoverageChart";

interface Props {
  results: readonly CoverageResult[];
  onOpen: (chunk: RetrievedChunk) => void;
}

/** Each question with how far the documents carry it, and the passage that carries it best. */
export function CoverageTable({ results, onOpen }: Props) {
  return (
    <table className={classes.results}>
      <caption className="visually-hidden">Coverage of each question</caption>
      <thead>
        <tr>
          <th scope="col">Question</th>
          <th scope="col">Coverage</th>
          <th scope="col" data-kind="number">
            Confidence
          </th>
          <th scope="col">Best passage</th>
        </tr>
      </thead>
      <tbody>
        {results.map(({ question, coverage, confidence, best }) => (
          <tr key={question}>
            <th scope="row">{question}</th>
            <td>
              <span className={classes.badge} data-kind={coverage}>
                {COVERAGE_LABELS[coverage]}
              </span>
            </td>
            <td data-kind="number">{confidence.toFixed(2)}</td>
            <td>{best ? <Best chunk={best} question={question} onOpen={onOpen} /> : "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface BestProps {
  chunk: RetrievedChunk;
  question: string;
  onOpen: (chunk: RetrievedChunk) => void;
}

function Best({ chunk, question, onOpen }: BestProps) {
  return (
    <button type="button" className={classes.best} onClick={() => onOpen(chunk)}>
      <span className={classes.where}>
        {chunk.file_name}
        {chunk.page !== null && `, page ${chunk.page}`}
      </span>
      <span className={classes.excerpt}>
        <Highlighted text={chunk.text} queries={[question]} />
      </span>
    </button>
  );
}
