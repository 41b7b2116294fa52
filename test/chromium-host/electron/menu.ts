/** The browser's window has no menu of its own; copying and pasting work without. */
export const Menu = {
  setApplicationMenu(_menu: unknown): void {},
  buildFromTemplate: (template: unknown[]): unknown => template,
};
