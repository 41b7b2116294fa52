import { type ApiResponse, header, isWebPage, jsonOf, textOf } from '../http/response.ts';

/** By what an answer shows that it is not the registry's; all that is given must be so. */
interface Marks {
  /** None: whatever the status. */
  statuses?: readonly number[];
  server?: RegExp;
  /** The name of a header that is there. */
  header?: string;
  words?: RegExp;
}

const REFUSED = [403];

/** Bytes of a page that are looked at. */
const LOOKED_AT = 16 * 1024;

/** Firewalls, checks for robots and filters of networks, each by what it says of itself. */
const BLOCKERS: readonly { name: string; marks: readonly Marks[] }[] = [
  {
    // https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
    // The name of the server is on what the registry itself answers, too, and so its words are asked for.
    name: 'Cloudflare',
    marks: [
      { header: 'cf-mitigated' },
      { statuses: REFUSED, server: /^cloudflare/i, words: /cloudflare|^\s*error code: 1\d{3}\b/i },
    ],
  },
  // https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-actions.html
  { name: 'AWS WAF', marks: [{ header: 'x-amzn-waf-action' }] },
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-403-issues
  { name: 'the AWS load balancer', marks: [{ statuses: REFUSED, server: /^awselb\//i }] },
  {
    name: 'Amazon CloudFront',
    marks: [{ statuses: REFUSED, server: /^cloudfront/i, words: /request could not be satisfied|request blocked/i }],
  },
  { name: 'Akamai', marks: [{ statuses: REFUSED, server: /^akamaighost/i }] },
  {
    name: 'Azure’s web application firewall',
    marks: [
      { statuses: REFUSED, server: /^microsoft-azure-application-gateway/i },
      { statuses: REFUSED, header: 'x-azure-ref', words: /request is blocked/i },
    ],
  },
  { name: 'Imperva', marks: [{ words: /_incapsula_resource|incapsula incident/i }] },
  { name: 'Sucuri', marks: [{ statuses: REFUSED, header: 'x-sucuri-id', words: /sucuri/i }] },
  { name: 'F5 BIG-IP', marks: [{ words: /requested url was rejected\. please consult with your administrator/i }] },
  { name: 'Alibaba Cloud’s web application firewall', marks: [{ statuses: [405], words: /errors\.aliyun\.com/i }] },
  { name: 'Anubis', marks: [{ words: /making sure you(?:'|&#39;|&#x27;|’)re not a bot/i }] },
  { name: 'Fortinet', marks: [{ statuses: REFUSED, words: /forti(?:guard|gate|web)/i }] },
  {
    name: 'Zscaler',
    marks: [
      { statuses: REFUSED, server: /^zscaler/i },
      { statuses: REFUSED, words: /zscaler/i },
    ],
  },
  {
    // https://developer.apple.com/forums/thread/682332
    name: 'the AirPlay Receiver of macOS, which has port 5000 until it is switched off',
    marks: [{ server: /^airtunes\//i }],
  },
  { name: 'a Squid proxy', marks: [{ statuses: REFUSED, header: 'x-squid-error' }] },
];

/**
 * Who on the way to the registry has answered in its place, and will refuse whoever asks with whatever login; undefined for all that may
 * be the registry's own answer. That to HEAD shows too little.
 */
export function blockedBy(response: ApiResponse): string | undefined {
  if (response.method === 'HEAD' || jsonOf(response) !== undefined) return undefined;
  const page = textOf(response, LOOKED_AT);
  return BLOCKERS.find(({ marks }) => marks.some((one) => isMarked(response, page, one)))?.name;
}

/** Whether a success is somebody else's, in which nothing was done: a page, or a challenge without one, for who asked for none. */
export function isAnothers(response: ApiResponse): boolean {
  return isWebPage(response) || blockedBy(response) !== undefined;
}

function isMarked(response: ApiResponse, page: string, { statuses, server, header: name, words }: Marks): boolean {
  if (statuses && !statuses.includes(response.status)) return false;
  if (server && !server.test(header(response, 'server') ?? '')) return false;
  if (name !== undefined && header(response, name) === undefined) return false;
  return words === undefined || words.test(page);
}
