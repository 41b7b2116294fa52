interface MiddleTextProps {
  text: string;
  /** The part at the end that is shown whole, as long as there is any room. */
  end: string;
}

/** A text that is shortened before its end, for names whose last part tells them apart. */
export function MiddleText({ text, end }: MiddleTextProps) {
  const head = text.slice(0, text.length - end.length);
  return (
    <span className="flex min-w-0 whitespace-pre">
      <span className="min-w-0 truncate">{head}</span>
      <span className="max-w-full shrink-0 truncate">{end}</span>
    </span>
  );
}

/** Characters at the end of a name that are always shown. */
const MOST_KEPT = 16;

/** The name of an image, or where it goes, shortened before its last part. */
export function NameText({ text }: { text: string }) {
  const last = text.slice(text.lastIndexOf('/') + 1);
  return <MiddleText text={text} end={last.slice(-MOST_KEPT)} />;
}
