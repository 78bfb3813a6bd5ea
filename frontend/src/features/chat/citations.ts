/** A node of the markdown tree, as far as citations need it. */
interface Node {
  type: string;
  value?: string;
  url?: string;
  children?: Node[];
}

const MARKER = /\[(\d{1,2})\]/g;
const SCHEME = "#source-";

function split(text: string, known: (number: number) => boolean): Node[] {
  const nodes: Node[] = [];
  let end = 0;
  for (const match of text.matchAll(MARKER)) {
    const number = Number(match[1]);
    if (!known(number)) continue;
    if (match.index > end) nodes.push({ type: "text", value: text.slice(end, match.index) });
    nodes.push({
      type: "link",
      url: `${SCHEME}${number}`,
      children: [{ type: "text", value: match[1] }],
    });
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push({ type: "text", value: text.slice(end) });
  return nodes;
}

function visit(node: Node, known: (number: number) => boolean): void {
  if (!node.children || node.type === "link") return;
  node.children = node.children.flatMap((child) => {
    if (child.type === "text" && child.value) return split(child.value, known);
    visit(child, known);
    return [child];
  });
}

/** A remark plugin: `[2]` becomes a link to source 2, where there is one. Code stays as it is. */
export function remarkCitations(known: (number: number) => boolean) {
  return () => (tree: Node) => visit(tree, known);
}

/** The number in a link that `remarkCitations` made, or null for any other link. */
export function sourceNumber(href: string | undefined): number | null {
  return href?.startsWith(SCHEME) ? Number(href.slice(SCHEME.length)) : null;
}

/** Where a passage is shown, as one word of the page's address. */
export interface SourceRef {
  messageId: string;
  number: number;
}

export function sourceToken({ messageId, number }: SourceRef): string {
  return `${messageId}.${number}`;
}

export function parseSource(token: string | undefined): SourceRef | null {
  const match = /^([\w-]+)\.(\d{1,2})$/.exec(token ?? "");
  return match?.[1] && match[2] ? { messageId: match[1], number: Number(match[2]) } : null;
}
