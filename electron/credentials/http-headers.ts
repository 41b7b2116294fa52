import { type ErrorData, PushboatError } from '../../shared/errors.ts';

/** What a request says of itself: a file does not change these. */
const OWN = /^(?:authorization|connection|content-(?:length|range|type)|host|transfer-encoding|te|trailer|upgrade)$/i;
/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Those of the headers of a file that can be sent; of the others is told, without their values. */
export function sendableHeaders(
  headers: Readonly<Record<string, string>>,
  path: string,
  onProblem: (problem: ErrorData) => void,
): Record<string, string> {
  const sendable = Object.entries(headers).filter(([name, value]) => {
    if (TOKEN.test(name) && !OWN.test(name) && !/[^\t\x20-\x7e\x80-\xff]/.test(value)) return true;
    const message = `The header ${JSON.stringify(name)} of HttpHeaders in ${path} cannot be sent.`;
    onProblem(new PushboatError('CREDENTIALS_UNREADABLE', message, { path }).toData());
    return false;
  });
  return Object.fromEntries(sendable);
}
