import type { TFunction } from 'i18next';
import type { JobNote } from '../../../shared/job-notes.ts';
import { formatName } from '../../../shared/media-types.ts';

/** How an image at its target differs from the one in its store, before and after it was pushed or exported. */
export function noteWords(t: TFunction, note: JobNote, isExport = false): string {
  const words = noteSentence(t, note, isExport);
  return note.image === undefined ? words : `${note.image}: ${words}`;
}

function noteSentence(t: TFunction, note: JobNote, isExport: boolean): string {
  switch (note.kind) {
    case 'converted': {
      const names = { from: formatName(note.from), to: formatName(note.to) };
      if (note.because === 'refused') return t('transfers.notes.refused', names);
      return t(isExport ? 'transfers.convertedExport' : 'transfers.converted', names);
    }
    case 'lost':
      return t(`preview.lost.${note.what}`, { to: formatName(note.to) });
    case 'layerCount':
    case 'layerDigest':
      return t(`transfers.notes.${note.kind}`, { ...note });
    case 'unread':
      return t('transfers.notes.unread', { registry: note.registry });
    case 'contradicted':
    case 'unmarked':
      return t(`transfers.notes.${note.kind}`);
    case 'alone':
      return t('transfers.notes.alone', { platform: note.platform, count: note.count });
    default:
      return t(`transfers.notes.${note.kind}`, { count: note.count });
  }
}
