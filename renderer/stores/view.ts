import { create } from 'zustand';

export type View = 'images' | 'transfers' | 'registries' | 'settings';

interface ViewState {
  view: View;
  /** The source whose images are listed; null: all. */
  sourceId: string | null;
  imageId: string | null;
  /** What the list of images is searched for. */
  search: string;
  /** Bumped when the cursor should go to the target field (after a drop). */
  targetFocus: number;
  /** Bumped when the cursor should go to the search field. */
  searchFocus: number;
}

/** Where the person is in the window. */
export const useView = create<ViewState>(() => ({
  view: 'images',
  sourceId: null,
  imageId: null,
  search: '',
  targetFocus: 0,
  searchFocus: 0,
}));

export function showView(view: View): void {
  useView.setState({ view });
}

export function showSource(sourceId: string | null): void {
  useView.setState({ view: 'images', sourceId });
}

export function selectImage(imageId: string | null): void {
  useView.setState({ imageId });
}

export function searchImages(search: string): void {
  useView.setState({ search });
}

/** Shows one image, whatever was searched for, and puts the cursor in its target field. */
export function aimImage(imageId: string): void {
  const shown = { view: 'images', sourceId: null, search: '', imageId } as const;
  useView.setState((state) => ({ ...shown, targetFocus: state.targetFocus + 1 }));
}

/** Puts the cursor in the target field of the image that is selected. */
export function targetSelected(): void {
  useView.setState((state) => ({ targetFocus: state.targetFocus + 1 }));
}

export function focusSearch(): void {
  useView.setState((state) => ({ view: 'images', searchFocus: state.searchFocus + 1 }));
}
