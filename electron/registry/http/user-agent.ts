import packageInfo from '../../../package.json' with { type: 'json' };

/** What every request carries, so that a registry's operator can tell who calls. */
export const USER_AGENT = `pushboat/${packageInfo.version}`;
