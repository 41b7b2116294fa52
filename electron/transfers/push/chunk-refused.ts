import { PushboatError } from '../../../shared/errors.ts';

/**
 * What is left to try after a refusal: the `whole` blob, where the registry takes no chunks; `smaller` chunks, where something in front of
 * it caps bodies (Cloudflare at 100 MB, podman#24919); chunks of a `fixed` length, where bodies without Content-Length are refused; an end
 * `alone`, without the last bytes.
 */
type OtherWay = 'whole' | 'smaller' | 'fixed' | 'alone';

/** A refusal of a body that leaves another way, a mark for whoever tries again. */
export class ChunkRefused extends PushboatError {
  readonly left: OtherWay;

  constructor(left: OtherWay, refusal: PushboatError) {
    super(refusal.code, refusal.message, { ...refusal.facts, hint: refusal.hint, cause: refusal });
    this.left = left;
  }
}
