import { badRequest } from './status.ts';

export type Labels = Readonly<Record<string, string>>;
export type LabelSelector = (labels: Labels) => boolean;

type TokenKind = 'identifier' | 'operator' | '!' | '(' | ')' | ',' | 'end';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const OPERATORS = ['in', 'notin', '=', '==', '!=', '>', '<'];
const NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const VALUE = `(${NAME})?`;
const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const MAX_BYTES = 63;
const ALPHANUMERIC =
  "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const NAME_RULE =
  `must consist of ${ALPHANUMERIC} (e.g. 'MyName',  or 'my.name',  or '123-abc', ` +
  `regex used for validation is '${NAME}')`;
const VALUE_RULE =
  `a valid label must be an empty string or consist of ${ALPHANUMERIC} ` +
  `(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${VALUE}')`;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start " +
  `and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;

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
  const keyWrongs = wrongsOfKey(name);
  if (keyWrongs.length > 0) throw fail(`<nil>: Invalid value: "${name}": ${keyWrongs.join('; ')}`);
  if (isNegated) return (labels) => !(name in labels);
  if (peek().kind === 'end' || peek().kind === ',') return (labels) => name in labels;
  const { text: operator } = next();
  if (!OPERATORS.includes(operator))
    throw fail(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
  const values = operator.endsWith('in') ? parseValues(next, peek, fail) : [parseValue(next, peek, fail)];
  if (['>', '<'].includes(operator) && !/^[+-]?\d+$/.test(values.join(''))) {
    const why = "for 'Gt', 'Lt' operators, the value must be an integer";
    throw fail(`values[0]: Invalid value: "${values.join('')}": ${why}`);
  }
  for (const [index, value] of values.entries()) {
    const wrongs = wrongsOfText(value, VALUE, VALUE_RULE);
    if (wrongs.length === 0) continue;
    throw fail(`values[${String(index)}][${name}]: Invalid value: "${value}": ${wrongs.join('; ')}`);
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

/** What stands in the brackets, in which an empty value may stand as well (parseIdentifiersList there). */
function parseValues(next: () => Token, peek: () => Token, fail: (why: string) => Error): readonly string[] {
  const open = next();
  if (open.kind !== '(') throw fail(`found '${open.text}' expected: '('`);
  const { kind: first, text: begin } = peek();
  if (![')', ',', 'identifier'].includes(first)) {
    throw fail(`found '${begin}', expected: ',', ')' or identifier`);
  }
  const values = new Set<string>();
  while (peek().kind !== ')') {
    const { kind, text } = next();
    if (kind === 'identifier') {
      values.add(text);
      if (![',', ')'].includes(peek().kind)) throw fail(`found '${peek().text}', expected: ',' or ')'`);
    } else if (kind === ',') {
      if (values.size === 0 || peek().kind === ')' || peek().kind === ',') values.add('');
    } else {
      throw fail(`found '${text}', expected: ',', or identifier`);
    }
  }
  next();
  return values.size === 0 ? [''] : [...values].sort();
}

/** validation.IsQualifiedName in k8s.io/apimachinery/pkg/util, 1.35. */
function wrongsOfKey(key: string): readonly string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const [name = '', prefix] = parts.toReversed();
  const ofPrefix =
    prefix === undefined || isWholly(prefix, SUBDOMAIN)
      ? []
      : [`prefix part ${prefix === '' ? 'must be non-empty' : SUBDOMAIN_RULE}`];
  const ofName = wrongsOfText(name, NAME, NAME_RULE);
  const empty = name === '' ? ['must be non-empty'] : [];
  return [...ofPrefix, ...[...empty, ...ofName].map((wrong) => `name part ${wrong}`)];
}

function wrongsOfText(text: string, pattern: string, rule: string): readonly string[] {
  return [
    ...(text.length > MAX_BYTES ? [`must be no more than ${String(MAX_BYTES)} bytes`] : []),
    ...(isWholly(text, pattern) ? [] : [rule]),
  ];
}

function isWholly(text: string, pattern: string): boolean {
  return new RegExp(`^(?:${pattern})$`).test(text);
}
