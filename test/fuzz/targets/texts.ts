import { Random } from '../random.ts';
import { LineSource } from '../lines.ts';
import { bytesOf } from '../mutate.ts';
import { accepted, demandBounded, demandEqual, type Target } from '../target.ts';

interface TextParser<T> {
  readonly name: string;
  /** Real ones. */
  readonly texts: readonly string[];
  /** Lines that each text begins with. */
  readonly headings: number;
  /** Other lines, of what is made. */
  readonly most?: number;
  readonly words: readonly string[];
  readonly parse: (text: string) => T;
  /** The class of the parser's own errors. */
  readonly error: new (...args: never[]) => Error;
  /** Writes what was read as it may have stood there. */
  readonly print: (value: T) => string;
}

/** What is made of nothing, so that all runs begin with the same seeds. */
const SEED = 7;
const SEEDS = 24;

/** A parser of lines: what it has read, written and read again, is the same. */
export function textTarget<T>(parser: TextParser<T>): Target {
  const source = new LineSource(parser.texts, parser.headings, parser.most);
  return {
    name: parser.name,
    words: [...parser.words, ' ', '\n', '\t', '\0', '\u001b[2J', '\u2028', '\ufeff'],
    seeds: source.seeds(new Random(SEED), SEEDS),
    make: (random) => bytesOf(source.make(random)),
    attempt: (input) => {
      const read = accepted({ errors: [parser.error] }, () => parser.parse(input.toString('utf8')));
      if (read === null) return false;
      demandBounded(read.value, input.length, 30);
      const again = parser.parse(parser.print(read.value));
      demandEqual(again, read.value, 'what was read, written and read again, is the same');
      return true;
    },
  };
}
