/** Why a registry refuses what it will refuse again, however long one waits and whoever asks. */
export type LastingReason = 'quota' | 'immutable' | 'rule';

/**
 * Storage that is full or allotted, in the words of Harbor, Quay, Nexus, GitLab, Azure, and of the systems below them, of which
 * distribution gives the number alone (ENOSPC and EDQUOT of Linux); and so many images, packages or repositories that no more may come, as
 * ECR, DigitalOcean, Gitea and Docker Hub say.
 */
const QUOTA = new RegExp(
  [
    /\bquotas?\b|exceeds? the configured upper limit/,
    /(?:no|not enough|insufficient|out of|low on) (?:\w+ )?(?:space|storage|room)\b/,
    /storage (?:\w+ )?(?:limit|capacity|is full)|disk (?:is )?full|ENOSPC|"Err": ?(?:28|122)\b/,
    /max(?:imum)? (?:allowed )?number of (?:images|tags|artifacts|repositories)|\brepositories, limit is \d/,
    /\bmaximum allowed package\b[^.;]{0,40}\bexceeded|\brepositor(?:y|ies) limit\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);

/** Tags that do not move: ECR, Harbor and Quay; and Nexus, which does not allow updating assets. */
const IMMUTABLE =
  /immutab|not allow updating|(?:can|may)(?:not| not) be (?:overwritten|updated|moved)|overwrit\w+ (?:is )?(?:not allowed|forbidden|disabled)/i;

/**
 * Rules that no other account is free of: policies, networks that are let in (Azure, GitHub), patterns of names (Artifactory), services that
 * are not switched on, paid for or offered any more (Google), locked images (Azure), caches and groups of other repositories (Harbor, Nexus).
 * With 5xx they may be a passing state.
 */
const RULE = new RegExp(
  [
    /(?:by|due to) (?:an? |the )?(?:\w+ )?polic(?:y|ies)\b|policy ?violation|read[ -]?only\b/,
    /\bIP\b[^;]{0,120}\b(?:not (?:allowed|permitted|authorized)|blocked|denied|forbidden)\b|\bIP allow ?list\b/,
    /\b(?:in|ex)cludes?\b[^.;]{0,40}\bpatterns?\b/,
    /\bAPI\b[^;]{0,120}\b(?:has not been used|is disabled|not enabled)\b|\bbilling\b/,
    /\boperation is disallowed on this\b|\bnamespace is disabled\b|\bshutting down\b/,
    /\bto a proxy project\b|\bPRO-licensed feature\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);

/** Parts of an image that a registry does not take; classes of manifests are those of distribution's policy, and Alibaba's. */
const PART =
  /unknown manifest class|foreign layer|non-?distributable|schema ?v?(?:ersion )?1\b.*(?:unsupported|not supported|disabled)|(?:unsupported|disabled).*schema ?v?(?:ersion )?1\b/i;

/** The reason that a refusal gives in the registry's words; undefined for one that may pass, or that another login may mend. */
export function lastingReason(status: number, words: string): LastingReason | undefined {
  // A limit on requests is called a quota, too, and passes.
  if (status < 400 || status === 401 || status === 408 || status === 429) return undefined;
  if (status === 507 || QUOTA.test(words)) return 'quota';
  if (IMMUTABLE.test(words)) return 'immutable';
  // Payment Required, Locked, Unavailable For Legal Reasons.
  if ([402, 423, 451].includes(status)) return 'rule';
  return PART.test(words) || (status < 500 && RULE.test(words)) ? 'rule' : undefined;
}
