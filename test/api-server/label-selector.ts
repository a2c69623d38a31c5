import { badRequest } from './status.ts';

export type Labels = Readonly<Record<string, string>>;
export type LabelSelector = (labels: Labels) => boolean;

type TokenKind = 'identifier' | 'operator' | '!' | '(' | ')' | ',' | 'end';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const OPERATORS = ['in', 'notin', '=', '==', '!=', '>', '<'];
const NAME = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;
const ALPHANUMERIC =
  "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/**
 * Reads a label selector as the API server does, with its words for what is wrong
 * (k8s.io/apimachinery/pkg/labels/selector.go, 1.35).
 *
 * @throws StatusError 400
 */
export function parseLabelSelector(selector: string): LabelSelector {
  const requirements: LabelSelector[] = [];
  const tokens = [...tokenize(selector)];
  const next = (): Token => tokens.shift() ?? { kind: 'end', text: '' };
  const peek = (): Token => tokens[0] ?? { kind: 'end', text: '' };
  while (peek().kind !== 'end') {
    const { kind, text } = peek();
    if (kind !== 'identifier' && kind !== '!') {
      throw badRequest(`found '${text}', expected: !, identifier, or 'end of string'`);
    }
    requirements.push(parseRequirement(next, peek));
    const separator = next();
    if (separator.kind === 'end') break;
    if (separator.kind !== ',')
      throw badRequest(`found '${separator.text}', expected: ',' or 'end of string'`);
    if (peek().kind !== 'identifier' && peek().kind !== '!') {
      throw badRequest(`found '${peek().text}', expected: identifier after ','`);
    }
  }
  return (labels) => requirements.every((matches) => matches(labels));
}

function* tokenize(selector: string): Generator<Token, void, undefined> {
  for (const [text] of selector.matchAll(/==|!=|[!=<>(),]|[^\s!=<>(),]+/g)) {
    if (text === '!' || text === '(' || text === ')' || text === ',') yield { kind: text, text };
    // `in` and `notin` are operators only where one may stand.
    else yield { kind: /^[!=<>]/.test(text) ? 'operator' : 'identifier', text };
  }
}

function parseRequirement(next: () => Token, peek: () => Token): LabelSelector {
  const fail = (why: string): Error => badRequest(`unable to parse requirement: ${why}`);
  let key = next();
  const isNegated = key.kind === '!';
  if (isNegated) key = next();
  if (key.kind !== 'identifier') throw fail(`found '${key.text}', expected: identifier`);
  const { text: name } = key;
  if (!NAME.test(name))
    throw fail(`<nil>: Invalid value: "${name}": a valid label key must consist of ${ALPHANUMERIC}`);
  if (isNegated) return (labels) => !(name in labels);
  if (peek().kind === 'end' || peek().kind === ',') return (labels) => name in labels;
  const { text: operator } = next();
  if (!OPERATORS.includes(operator))
    throw fail(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
  const values = operator.endsWith('in') ? parseValues(next, peek, fail) : [parseValue(next, peek, fail)];
  for (const [index, value] of values.entries()) {
    if (VALUE.test(value)) continue;
    throw fail(
      `values[${String(index)}][${name}]: Invalid value: "${value}": a valid label must be an empty string or consist of ${ALPHANUMERIC}`,
    );
  }
  const has = (labels: Labels): boolean => values.includes(labels[name] ?? '\0');
  switch (operator) {
    case 'notin':
    case '!=':
      return (labels) => !has(labels);
    case '>':
      return (labels) => Number(labels[name]) > Number(values[0]);
    case '<':
      return (labels) => Number(labels[name]) < Number(values[0]);
    default:
      return has;
  }
}

function parseValue(next: () => Token, peek: () => Token, fail: (why: string) => Error): string {
  if (peek().kind === 'end' || peek().kind === ',') return '';
  const { kind, text } = next();
  if (kind !== 'identifier') throw fail(`found '${text}', expected: identifier`);
  return text;
}

function parseValues(next: () => Token, peek: () => Token, fail: (why: string) => Error): readonly string[] {
  const open = next();
  if (open.kind !== '(') throw fail(`found '${open.text}' expected: '('`);
  const values: string[] = [];
  while (peek().kind !== ')') {
    const { kind, text } = next();
    if (kind !== 'identifier') throw fail(`found '${text}', expected: ',', or identifier`);
    values.push(text);
    if (peek().kind === ',') next();
    else if (peek().kind !== ')') throw fail(`found '${peek().text}', expected: ',' or ')'`);
  }
  next();
  return values;
}
