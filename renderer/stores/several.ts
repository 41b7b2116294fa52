import { create } from 'zustand';

interface SeveralDraft {
  /** Undefined until one is typed: then one is proposed for the images that are chosen. */
  prefix: string | undefined;
  keepPath: boolean;
  suffix: string;
  /** Targets that were typed for single images, by their ids. */
  edited: ReadonlyMap<string, string>;
  /** Images that the larger sheet lies open with, by their ids: also those that are left out there. Undefined: it is closed. */
  sheet: readonly string[] | undefined;
}

const NOTHING_TYPED: SeveralDraft = {
  prefix: undefined,
  keepPath: true,
  suffix: '',
  edited: new Map(),
  sheet: undefined,
};

/** Where images go that are pushed together, as it is typed: it stays while the window is open, whatever else is looked at. */
export const useSeveral = create<SeveralDraft>(() => NOTHING_TYPED);

/** Without arguments as at the start. */
export function changeSeveral(draft: Partial<SeveralDraft> = NOTHING_TYPED): void {
  useSeveral.setState(draft);
}

/** Targets for single images; undefined: what the rule says. */
export function editTargets(targets: Iterable<readonly [string, string | undefined]>): void {
  const edited = new Map(useSeveral.getState().edited);
  for (const [imageId, target] of targets) {
    if (target === undefined) edited.delete(imageId);
    else edited.set(imageId, target);
  }
  useSeveral.setState({ edited });
}
