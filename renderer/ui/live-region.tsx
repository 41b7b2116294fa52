import { useAnnouncement } from './announce.ts';

/** The one polite live region of the window. */
export function LiveRegion() {
  const text = useAnnouncement((state) => state.text);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}
