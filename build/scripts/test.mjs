// `npm test`: everything. `npm test -- STEP… [-- FILTER…]` or `npm test -- unit reference`: a part of it.
import { command, ensureReady } from './bootstrap.mjs';
import { describeMissing } from './lib/system-packages.mjs';
import { steps } from './lib/test-steps.mjs';

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** @returns {{ names: string[], filters: string[] }} the steps that are named, all if none is, and what is left */
function parse(args) {
  const known = args.filter((arg) => Object.hasOwn(steps, arg));
  const filters = args.filter((arg) => arg !== '--' && !Object.hasOwn(steps, arg));
  if (known.length > 0) return { names: Object.keys(steps).filter((name) => known.includes(name)), filters };
  if (filters.length > 0) {
    throw new Error(
      `name the step first: ${Object.keys(steps).join(', ')}; for example npm test -- unit ${filters[0]}`,
    );
  }
  return { names: Object.keys(steps), filters };
}

async function runStep(name, filters) {
  console.log(`\n== ${name}`);
  const started = performance.now();
  let count = { passed: 0, failed: 1 };
  try {
    count = await steps[name].run(steps[name].filtered ? filters : []);
  } catch (error) {
    console.error(error.message);
  }
  return { name, ...count, time: seconds(started) };
}

await command(async () => {
  const { names, filters } = parse(process.argv.slice(2));
  const started = performance.now();
  const usesApp = names.some((name) => name === 'integration' || name === 'e2e');
  const systemPackages = usesApp ? ['window', 'tests'] : names.includes('unit') ? ['tests'] : [];
  const { missing } = await ensureReady({ systemPackages });
  // Few unit tests run a tool, and each says which one it misses.
  if (usesApp && missing.length > 0) throw new Error(describeMissing(missing));

  // The tests use the built app even when only they are asked for.
  const wanted = usesApp && !names.includes('build') ? ['build', ...names] : names;
  const results = [];
  for (const name of wanted) results.push(await runStep(name, filters));

  console.log('');
  for (const { name, passed, failed, time, failures = [] } of results) {
    console.log(`${failed === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(12)} ${passed} passed, ${failed} failed, ${time}`);
    for (const failure of failures) console.log(`       ${failure}`);
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`all in ${seconds(started)}`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') === 0 ? 0 : 1;
});
