/** A pattern that is never right in our prose, and what to write instead. */
interface PhraseRule {
  readonly pattern: RegExp;
  readonly advice: string;
}

/** First words that hide the subject of a doc comment. */
const FIRST_WORD =
  /^(?:What|Whether|As|Of|Those|These|That|It|They|Who|Whom|Whose|Whoever|Wherever|Whatever|Which)\b/;

/** Words of one sentence: 25 is the aim, more than this is an error. */
const MAX_WORDS = 40;

const PHRASES: readonly PhraseRule[] = [
  { pattern: /\b(?:nobody|somebody|anybody|whoever|whomever)\b/i, advice: 'name the subject' },
  { pattern: /\bbut for\b/i, advice: 'write "except"' },
  { pattern: /\bbe it\b/i, advice: 'write "whether … or …"' },
  { pattern: /\b(?:of|by|from|with) which\b/i, advice: 'make it two sentences' },
  {
    pattern: /(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|later\b|earlier\b)\w+/i,
    advice: 'write "is not a …"',
  },
  { pattern: /\b(?:that|which|it|they) (?:is|are) none\b/i, advice: 'write "is not one"' },
  {
    pattern: /, for (?:it|they|there|that|this|he|who|what|only)\b/i,
    advice: 'write "because"',
  },
  { pattern: /\bfor ever\b/i, advice: 'write "forever" or "without a limit"' },
  {
    pattern: /\b(?:is|are|was|were|be|been) (?:told|forgotten|looked (?:at|into|for))\b/i,
    advice: 'software reports, detects, deletes or checks',
  },
  { pattern: /\b(?:takes?|took) (?:its|their) time\b/i, advice: 'write "is slow"' },
  { pattern: /\b(?:the|a|each|every|its|no) probe\b(?! (?:Pod|image))/i, advice: 'write "probe Pod"' },
  { pattern: /\bthe rights? (?:to|of|for)\b|\bhas no rights?\b/i, advice: 'write "permission"' },
  { pattern: /\bvantage points?\b/i, advice: 'write "evidence source"' },
  { pattern: /\b(?:lying|liars?) (?:runtimes?|Pods?|containers?)\b/i, advice: 'write "misreporting"' },
];

/** A piece of prose: a comment, a text in the code, or a paragraph. */
export interface Prose {
  /** From 1. */
  readonly line: number;
  readonly kind: 'doc comment' | 'comment' | 'text' | 'paragraph';
  readonly text: string;
}

/** A place that breaks a rule. */
export interface Finding {
  readonly line: number;
  readonly problem: string;
}

/** Checks one piece of prose against the rules of CONTRIBUTING.md, "Language". */
export function checkProse({ line, kind, text }: Prose): readonly Finding[] {
  const findings: Finding[] = [];
  const first = FIRST_WORD.exec(text)?.[0];
  if (kind === 'doc comment' && first !== undefined) {
    findings.push({ line, problem: `a doc comment begins with "${first}": begin with a verb or a noun` });
  }
  for (const { pattern, advice } of PHRASES) {
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) findings.push({ line, problem: `"${found.trim()}": ${advice}` });
  }
  if (kind === 'text') return findings;
  for (const sentence of sentencesOf(text)) {
    const words = sentence.split(/\s+/).filter((word) => /\w/.test(word)).length;
    if (words > MAX_WORDS) {
      findings.push({ line, problem: `a sentence of ${String(words)} words: "${sentence.slice(0, 40)}…"` });
    }
  }
  return findings;
}

/** Splits at the ends of sentences, at colons before lists, and at semicolons. */
function sentencesOf(text: string): readonly string[] {
  return text.split(/(?<=[.;:?!])\s+/);
}
