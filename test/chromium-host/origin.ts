/**
 * Chromium cannot load a scheme that it does not know, so the host shows the application's page at an https address of the
 * reserved `.invalid` zone. It is never looked up: the host itself answers every request for it. Being https it is a secure
 * context like the real scheme, `'self'` in the CSP means the same, and everything the main process sees is mapped back.
 */
export const HOST_ORIGIN = 'https://app.pushboat.invalid';
const APP_ORIGIN = 'pushboat://app';

export function toHostUrl(url: string): string {
  return url.startsWith(APP_ORIGIN) ? HOST_ORIGIN + url.slice(APP_ORIGIN.length) : url;
}

export function toAppUrl(url: string): string {
  return url.startsWith(HOST_ORIGIN) ? APP_ORIGIN + url.slice(HOST_ORIGIN.length) : url;
}
