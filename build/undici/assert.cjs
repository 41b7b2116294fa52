// undici only ever asks whether something holds; Node's module brings comparisons and their differences along.
module.exports = (holds, message) => {
  if (!holds)
    throw message instanceof Error ? message : new Error(message ?? 'An assertion of the HTTP client failed.');
};
