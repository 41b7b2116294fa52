import { FolderDown } from 'lucide-react';
import { useEffect, useState } from 'react';
import { inBackground } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { addDropped } from './add-paths.ts';

/** Over the whole window while files are dragged: says what dropping will do. */
export function DropOverlay() {
  const { t } = useTexts();
  const isDragging = useFileDrop();
  if (!isDragging) return null;
  return (
    <div className="pointer-events-none fixed inset-0 z-60 flex items-center justify-center bg-scrim p-6">
      <div
        role="status"
        className="flex max-w-md flex-col items-center gap-3 rounded-lg border-2 border-dashed border-accent bg-surface p-8 text-center shadow-2xl"
      >
        <FolderDown aria-hidden size={40} strokeWidth={1.5} className="text-accent" />
        <p className="text-lg font-semibold">{t('drop.title')}</p>
        <p className="text-quiet">{t('drop.body')}</p>
      </div>
    </div>
  );
}

/** Listens for files dragged over the window and adds what is dropped. True while files are over the window. */
function useFileDrop(): boolean {
  const [isDragging, setDragging] = useState(false);
  useEffect(() => {
    // Every element that is entered is left again, so the depth is zero only outside of the window.
    let depth = 0;
    const ofFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const onEnter = (event: DragEvent) => {
      if (!ofFiles(event)) return;
      event.preventDefault();
      depth++;
      setDragging(true);
    };
    const onOver = (event: DragEvent) => {
      if (!ofFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
    };
    const onLeave = () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) setDragging(false);
    };
    const onDrop = (event: DragEvent) => {
      depth = 0;
      setDragging(false);
      if (!ofFiles(event)) return;
      event.preventDefault();
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length > 0) inBackground(addDropped(files), showError);
    };
    const ends = new AbortController();
    const { signal } = ends;
    window.addEventListener('dragenter', onEnter, { signal });
    window.addEventListener('dragover', onOver, { signal });
    window.addEventListener('dragleave', onLeave, { signal });
    window.addEventListener('drop', onDrop, { signal });
    return () => ends.abort();
  }, []);
  return isDragging;
}
