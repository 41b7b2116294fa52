import { app, type Session } from 'electron';

/**
 * Denies what the page never needs: navigation, other windows, `<webview>`, permissions (security.md's checklist).
 * Applies to every web contents that is made after the call.
 */
export function lockDownContents(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

/** Copying goes through the contract (`app.copy`), notifications are the main process's: the page has no permission at all. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
}
