import type { Scene } from '../scene.ts';
import type { Trouble } from './trouble.ts';

const HTTPS_ONLY = { tls: 'verify' } as const;

/** A server with a certificate that is not to be trusted; then the same server with a good one. */
function badCertificate(pair: 'expired' | 'wrongName' | 'selfSigned') {
  return async (scene: Scene) => {
    await scene.serve({ tls: scene.certificates[pair] });
    return () => scene.serve({ tls: scene.certificates.server });
  };
}

export const CONNECTION: Trouble[] = [
  {
    what: 'a host that is not reachable',
    cause: async (scene) => () => scene.serve(),
    code: 'HOST_UNREACHABLE',
    says: /refused the connection/,
    next: /Check the spelling of the registry’s address/,
  },
  {
    what: 'a name that does not exist',
    cause: async () => () => undefined,
    target: 'registry.invalid/team/app:1',
    code: 'DNS_FAILED',
    says: /registry\.invalid.*(has no address|cannot be looked up)/,
    next: /Check the (spelling|network)/,
    stays: true,
  },
  {
    what: 'a certificate of an unknown authority',
    cause: badCertificate('selfSigned'),
    code: 'TLS_UNTRUSTED',
    says: /a certificate that is not trusted: self-signed/,
    next: /--tls-verify=false/,
  },
  {
    what: 'an expired certificate',
    cause: badCertificate('expired'),
    code: 'TLS_UNTRUSTED',
    says: /not trusted: certificate has expired/,
    next: /Trust this certificate/,
  },
  {
    what: 'a certificate for another name',
    cause: badCertificate('wrongName'),
    code: 'TLS_UNTRUSTED',
    says: /not trusted:.*127\.0\.0\.1/,
    next: /Trust this certificate/,
  },
  {
    what: 'a server that speaks plain HTTP where HTTPS is asked for',
    cause: async (scene) => {
      await scene.setPolicy(scene.host, HTTPS_ONLY);
      await scene.serve();
      return () => scene.serve({ tls: scene.certificates.server });
    },
    code: 'PLAIN_HTTP_REFUSED',
    says: /does not speak HTTPS/,
    next: /plain HTTP/,
  },
];
