import leven from 'leven';

/** Returns the candidate that differs from `word` in so few letters that it is probably meant, or null. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const limit = Math.floor(word.length / 3);
  const ranked = candidates
    .map((candidate) => ({
      candidate,
      distance:
        candidate.startsWith(word) && word.length > 2
          ? 1
          : leven(word, candidate, { maxDistance: limit + 1 }),
    }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= limit ? best.candidate : null;
}
