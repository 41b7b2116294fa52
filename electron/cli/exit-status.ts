import type { ErrorCode } from '../../shared/error-codes.ts';

/** What the command line returns to the shell. */
export const ExitStatus = {
  done: 0,
  failed: 1,
  usage: 2,
  login: 3,
  /** 128 + SIGINT, as shells expect of an interrupted command. */
  interrupted: 130,
} as const;

export function exitStatusOf(code: ErrorCode): number {
  switch (code) {
    case 'USAGE':
    case 'TARGET_REQUIRED':
    case 'TARGET_DIGEST':
    case 'REF_INVALID':
    case 'DESTINATION_INVALID':
      return ExitStatus.usage;
    case 'UNAUTHORIZED':
    case 'DENIED':
      return ExitStatus.login;
    case 'CANCELLED':
      return ExitStatus.interrupted;
    default:
      return ExitStatus.failed;
  }
}
