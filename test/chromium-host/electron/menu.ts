/** The browser's window has no menu of its own; copying and pasting work without. */
export class Menu {
  static setApplicationMenu(_menu: Menu | null): void {}
  static buildFromTemplate(_template: unknown[]): Menu {
    return new Menu();
  }
}
