import { create } from 'zustand';

export type View = 'images' | 'transfers' | 'history' | 'registries' | 'settings';

interface ViewState {
  view: View;
  /** The source whose images are listed; null: all. */
  sourceId: string | null;
  /** The image that the keys are at: the last one chosen. */
  imageId: string | null;
  /** All images that are chosen; `imageId` is one of them. */
  chosen: ReadonlySet<string>;
  /** Where a choice of several in a row begins. */
  anchorId: string | null;
  /** What the list of images is searched for. */
  search: string;
  /** Not 0 while the cursor should go to the target field (after a drop). */
  targetFocus: number;
  /** Bumped when the cursor should go to the search field. */
  searchFocus: number;
  /** The list of keys lies over the window. */
  showsKeys: boolean;
  /** Finished transfers are folded, down to how many there are. */
  foldsFinished: boolean;
}

/** Where the person is in the window. */
export const useView = create<ViewState>(() => ({
  view: 'images',
  sourceId: null,
  imageId: null,
  chosen: new Set(),
  anchorId: null,
  search: '',
  targetFocus: 0,
  searchFocus: 0,
  showsKeys: false,
  foldsFinished: false,
}));

export function showView(view: View): void {
  useView.setState({ view });
}

export function showSource(sourceId: string | null): void {
  useView.setState({ view: 'images', sourceId });
}

export function selectImage(imageId: string | null): void {
  useView.setState({ imageId, anchorId: imageId, chosen: new Set(imageId === null ? [] : [imageId]) });
}

/** Adds one image to those that are chosen, or takes it out. */
export function toggleImage(imageId: string): void {
  useView.setState(({ chosen, imageId: lead }) => {
    const others = [...chosen].filter((id) => id !== imageId);
    if (!chosen.has(imageId)) return { chosen: new Set([...others, imageId]), imageId, anchorId: imageId };
    const next = lead === imageId ? (others.at(-1) ?? null) : lead;
    return { chosen: new Set(others), imageId: next, anchorId: next };
  });
}

/** Chooses these and no others, with the keys at `imageId`; a row of them still begins where it began. */
export function chooseImages(ids: Iterable<string>, imageId: string | null): void {
  useView.setState({ chosen: new Set(ids), imageId });
}

export function searchImages(search: string): void {
  useView.setState({ search });
}

/** Shows images, whatever was searched for, and puts the cursor where they go: one's target field, or the prefix of several. */
export function aimImages(imageIds: readonly string[]): void {
  selectImage(imageIds[0] ?? null);
  chooseImages(imageIds, imageIds[0] ?? null);
  useView.setState((state) => ({ view: 'images', sourceId: null, search: '', targetFocus: state.targetFocus + 1 }));
}

/** The cursor is where it was wanted: what is chosen later does not take it again. */
export function targetFocused(): void {
  useView.setState({ targetFocus: 0 });
}

/** Puts the cursor in the target field of the image that is selected. */
export function targetSelected(): void {
  useView.setState((state) => ({ targetFocus: state.targetFocus + 1 }));
}

export function focusSearch(): void {
  useView.setState((state) => ({ view: 'images', searchFocus: state.searchFocus + 1 }));
}

export function foldFinished(foldsFinished: boolean): void {
  useView.setState({ foldsFinished });
}

export function showKeys(showsKeys: boolean): void {
  useView.setState({ showsKeys });
}
