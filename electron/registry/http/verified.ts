/**
 * TLS that is verified, said each time: Node verifies nothing where NODE_TLS_REJECT_UNAUTHORIZED says so, which people set for other programs.
 * Who wants no verification says it to Pushboat.
 */
export const VERIFIED = { rejectUnauthorized: true };
