import { Fragment } from 'react';

/** `<b>` and `<d>` with what is in them, and what is between. */
const PARTS = /<([bd])>(.*?)<\/\1>/g;

interface RichTextProps {
  /** A translation that marks parts of itself: `<b>` stands out, `<d>` is a digest or a word as terminals have it. Neither holds another. */
  text: string;
  /** How what stands out looks. */
  strong?: string;
}

/** A sentence whose parts look different, and that languages put in an order of their own. */
export function RichText({ text, strong = 'text-text' }: RichTextProps) {
  const found = [...text.matchAll(PARTS)];
  const last = found.at(-1);
  return (
    <>
      {found.map((match, index) => {
        const before = found[index - 1];
        const [, mark, words = ''] = match;
        return (
          <Fragment key={match.index}>
            {text.slice(endOf(before), match.index)}
            {mark === 'b' ? (
              <strong className={`font-semibold ${strong}`}>{words}</strong>
            ) : (
              <span className="font-mono text-text tabular">{words}</span>
            )}
          </Fragment>
        );
      })}
      {text.slice(endOf(last))}
    </>
  );
}

function endOf(match: RegExpExecArray | undefined): number {
  return match === undefined ? 0 : match.index + match[0].length;
}
