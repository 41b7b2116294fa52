import { useEffect, useState } from 'react';
import { type ErrorData, toPushboatError } from '../../../shared/errors.ts';
import type { ImageSummary } from '../../../shared/images.ts';
import { inBackground, request } from '../../api.ts';
import { defaultTarget } from '../../model/interpret.ts';
import { destinationText, exportKind, proposedFileName } from './destination-text.ts';

/** How long typing must rest before the destination is checked. Milliseconds. */
const CHECK_AFTER_MS = 200;

/** What is chosen and typed for an export, what it amounts to, and what is wrong with it. */
export function useDestination(image: ImageSummary) {
  const [kind, setKind] = useState(() => exportKind('oci-archive'));
  /** Kept apart: a folder that was chosen for a layout is no name for an archive. */
  const [paths, setPaths] = useState({ folder: '', archive: '' });
  const [name, setName] = useState(() => defaultTarget(image));
  /** The path for which the system's own dialog has asked whether it may be replaced. */
  const [agreed, setAgreed] = useState<string>();
  const [failure, setFailure] = useState<{ of: string | undefined; error: ErrorData }>();
  const { place } = kind;
  const path = place === null ? '' : paths[place];
  const text = destinationText(kind, path, name);
  const fail = (of: string | undefined, thrown: unknown) => setFailure({ of, error: toPushboatError(thrown).toData() });

  useEffect(() => {
    if (text === undefined) return;
    let isCurrent = true;
    const timer = setTimeout(() => {
      request('exports.check', text).catch((thrown: unknown) => isCurrent && fail(text, thrown));
    }, CHECK_AFTER_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [text]);

  const setPath = (chosen: string) => place !== null && setPaths((all) => ({ ...all, [place]: chosen }));
  const choose = async (): Promise<void> => {
    if (place === null) return;
    const chosen = await request('exports.choosePlace', { kind: place, name: proposedFileName(image.name, kind) });
    if (chosen === null) return;
    setPath(chosen);
    if (place === 'archive') setAgreed(chosen);
  };
  const showFailure = (thrown: unknown) => fail(text, thrown);
  return {
    kind,
    setKind,
    path,
    setPath,
    name,
    setName,
    text,
    isReplacingAgreed: place === 'archive' && agreed === path,
    // What was wrong with another text says nothing of this one.
    error: failure?.of === text ? failure?.error : undefined,
    showFailure,
    choose: () => inBackground(choose(), showFailure),
  };
}
