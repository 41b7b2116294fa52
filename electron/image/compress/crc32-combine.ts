/** The reflected polynomial of CRC-32 (RFC 1952, 8). */
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;

/**
 * The CRC-32 of two pieces of data from the CRC of each: appending `secondLength` bytes multiplies the first CRC, as a polynomial
 * over GF(2), by x to the power of their bits. So blocks can be summed on different threads.
 */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  return (multiply(powerOfBytes(secondLength), first) ^ second) >>> 0;
}

/** Blocks of a stream are of one length but the last. */
const powers = new Map<number, number>();

/** x to the power of 8 × `length`, modulo the polynomial. */
function powerOfBytes(length: number): number {
  const known = powers.get(length);
  if (known !== undefined) return known;
  let power = ONE;
  // x to the power of 8, then of 16, 32, …
  let square = ONE >>> 8;
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(square, power);
    square = multiply(square, square);
  }
  if (powers.size < 64) powers.set(length, power);
  return power;
}

/** Product modulo the polynomial; bit 31 is the coefficient of x⁰. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product >>> 0;
}
